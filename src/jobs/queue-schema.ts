import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  PostgresConnection,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq'
import { LogRefused, LogUnavailable } from '../app/log-errors.ts'
import { SCHEMA, type QueueHome } from './connection.ts'

const CONNECT_WITHIN_MS = 5000

type Client = Parameters<typeof runMigrations>[0]

/**
 * Brings the queue's schema up to date, where it lies beside the log; several processes may do it at once. A login that
 * may not change it only looks. Throws {@link LogUnavailable}, or {@link LogRefused} when it is not up to date.
 */
export async function prepareQueue(home: QueueHome): Promise<void> {
  if (home.kind !== 'postgres') return
  const connection = new PostgresConnection({
    connectionString: home.connectionString,
    schema: SCHEMA,
    application_name: 'cutover:queue',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    max: 1,
  })
  try {
    const client = await connection.pool.connect().catch((error: unknown) => {
      throw new LogUnavailable(error)
    })
    try {
      if ((await version(client)) < LATEST_SCHEMA_VERSION) await runMigrations(client, SCHEMA)
    } finally {
      client.release()
    }
  } catch (error) {
    throw isForbidden(error) ? notPrepared(error) : error
  } finally {
    await connection.close()
  }
}

async function version(client: Client): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, SCHEMA)
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0
    throw error
  }
}

const isForbidden = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '42501'

const notPrepared = (cause: unknown): LogRefused =>
  new LogRefused(
    'The queue beside the log is not up to date, and this login may not change its schema: do `cutover migrate` as the owner of the log. Nothing was started.',
    cause,
  )
