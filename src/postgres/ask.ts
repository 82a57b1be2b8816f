import type { Pool, QueryResult, QueryResultRow } from 'pg'
import { asLogError } from './failures.ts'

/** One statement on any connection of the pool. Throws `LogUnavailable` when the log does not answer. */
export async function ask<Row extends QueryResultRow>(
  pool: Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  try {
    return await pool.query<Row>(text, [...values])
  } catch (error) {
    throw asLogError(error)
  }
}
