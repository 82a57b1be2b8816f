import type { PostgresTarget } from '../targets.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'

/** Bytes of a database on its server's disk. */
export async function databaseSize(target: PostgresTarget, attempt: string): Promise<number> {
  const client = await connectPostgres(target, { attempt, statementTimeoutMs: 15_000 })
  try {
    const { rows } = await client.query<{ size: number }>(
      'select pg_database_size(current_database())::float8 as size',
    )
    return rows[0]?.size ?? 0
  } catch (error) {
    throw postgresFailure(error, { what: `Measuring ${target.name}`, changed: 'nothing was changed' })
  } finally {
    await client.end()
  }
}
