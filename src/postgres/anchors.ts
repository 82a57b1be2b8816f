import type { Pool } from 'pg'
import { ANCHORED, type AnchoredEvent } from '../app/anchor.ts'
import { ask } from './ask.ts'
import { decode } from './codec.ts'
import { EVENT_COLUMNS } from './columns.ts'
import type { StoredEvent } from './hash.ts'

/** Events up to a position whose hash is posted, with it, in order. */
export async function readAnchors(
  pool: Pool,
  cutover: string,
  upTo: number,
): Promise<readonly AnchoredEvent[]> {
  const { rows } = await ask<StoredEvent>(
    pool,
    `select ${EVENT_COLUMNS} from cutover.event e
     where cutover = $1 and e.position <= $2 and type = any($3) order by e.position`,
    [cutover, upTo, ANCHORED],
  )
  return rows.map((row) => ({ position: Number(row.position), hash: row.hash, event: decode(row) }))
}
