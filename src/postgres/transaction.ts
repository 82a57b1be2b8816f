import type { Pool, PoolClient } from 'pg'
import { LogUnavailable } from '../app/log-errors.ts'
import { asLogError } from './failures.ts'

/**
 * Runs `work` in one transaction on one connection; rolls back when it throws. A `LogUnavailable` leaves open whether
 * the commit went through.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connected(pool)
  let broken: Error | undefined
  // A connection that breaks between two statements says so here first, and nobody else listens.
  const onBreak = (error: Error) => {
    broken = error
  }
  client.on('error', onBreak)
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    const failure = asLogError(error)
    if (failure instanceof LogUnavailable) broken = failure
    else await client.query('rollback').catch(onBreak)
    throw failure
  } finally {
    client.off('error', onBreak)
    // A connection that could not even roll back is thrown away rather than handed to the next caller.
    client.release(broken)
  }
}

async function connected(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw asLogError(error)
  }
}
