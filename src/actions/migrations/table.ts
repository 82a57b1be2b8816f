import type { QueryResultRow } from 'pg'
import { connectPostgres } from '../pg/connect.ts'
import { postgresFailure } from '../pg/failures.ts'
import type { PostgresTarget } from '../targets.ts'

const NO_SUCH_TABLE = '42P01'

/** Rows of a tool's own table; none when it has not made it yet. */
export async function rowsOf<Row extends QueryResultRow>(
  target: PostgresTarget,
  attempt: string,
  query: string,
): Promise<readonly Row[]> {
  const client = await connectPostgres(target, { attempt: `${attempt}.look`, statementTimeoutMs: 10_000 })
  try {
    return (await client.query<Row>(query)).rows
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NO_SUCH_TABLE) return []
    throw postgresFailure(error, {
      what: `Looking at ${target.name}`,
      changed: 'nothing was changed by this look',
    })
  } finally {
    await client.end()
  }
}
