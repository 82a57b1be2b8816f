import type { PoolClient } from 'pg'
import { GENESIS, registrationHash, type StoredRegistration } from './hash.ts'
import { LOCKS } from './locks.ts'

/** Chains an opening or closing to all others of this installation, in the transaction of its event. */
export async function register(
  client: PoolClient,
  what: 'opened' | 'closed',
  { cutover, head, atMs }: { cutover: string; head: string; atMs: string },
): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [LOCKS.registry])
  const { rows } = await client.query<Pick<StoredRegistration, 'position' | 'hash'>>(
    'select position::text, hash from cutover.registry order by cutover.registry.position desc limit 1',
  )
  const row = {
    position: String(Number(rows[0]?.position ?? 0) + 1),
    what,
    cutover,
    head,
    at_ms: atMs,
    previous: rows[0]?.hash ?? GENESIS,
  }
  await client.query(
    'insert into cutover.registry (position, what, cutover, head, at_ms, previous, hash) values ($1, $2, $3, $4, $5, $6, $7)',
    [row.position, row.what, row.cutover, row.head, row.at_ms, row.previous, registrationHash(row)],
  )
}
