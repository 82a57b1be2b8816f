import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import { maskedQuery } from '../session-words.ts'
import type { Ask } from './look.ts'
import { askOne } from './look.ts'

/** What pg_stat_statements had counted at one moment. Its numbers only ever add up, until somebody resets them. */
const SnapshotShape = z.object({
  takenAt: z.number(),
  statements: z.array(z.object({ id: z.string(), query: z.string(), calls: z.number(), ms: z.number() })),
})
export type Snapshot = z.infer<typeof SnapshotShape>

/** What one statement did between two snapshots. */
export interface Spent {
  readonly id: string
  readonly query: string
  readonly calls: number
  readonly ms: number
}

/** Reads the statistics of this database. Throws {@link ActionFailure} where the extension is missing. */
export async function takeSnapshot(ask: Ask, target: string): Promise<Snapshot> {
  const [place] = await ask<{ name: string }>(
    `select format('%I.pg_stat_statements', n.nspname) as name
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`,
  )
  if (!place) {
    throw new ActionFailure(`${target} has no statement statistics: pg_stat_statements is not installed.`, {
      hint: 'Add it to shared_preload_libraries, restart the server, then: create extension pg_stat_statements.',
      changed: 'nothing was changed',
    })
  }
  const { at } = await askOne<{ at: number }>(
    ask,
    'select extract(epoch from clock_timestamp())::float8 * 1000 as at',
  )
  // Before PostgreSQL 13 the time has another name; through JSON one query reads both.
  const rows = await ask<Spent>(
    `select s.queryid::text as id, min(s.query) as query, sum(s.calls)::float8 as calls,
       sum(coalesce(to_jsonb(s) ->> 'total_exec_time', to_jsonb(s) ->> 'total_time')::float8)::float8 as ms
     from ${place.name} s where s.queryid is not null
       and s.dbid = (select oid from pg_database where datname = current_database())
     group by s.queryid`,
  )
  return {
    takenAt: Math.round(at),
    statements: rows.map((row) => ({ ...row, query: maskedQuery(row.query) })),
  }
}

/** A snapshot from a file that `pg.statements-snapshot` wrote. */
export function readSnapshot(path: string): Snapshot {
  try {
    return SnapshotShape.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new ActionFailure(`${path} is no snapshot of statement statistics.`, {
      hint: 'Name the fact `file` of a step with `uses: pg.statements-snapshot`, on the same pool.',
      changed: 'nothing was changed',
      cause,
    })
  }
}

/** What was spent between two snapshots; one that counts less than before was reset, and counts from nothing. */
export function between(before: Snapshot, after: Snapshot): readonly Spent[] {
  const known = new Map(before.statements.map((one) => [one.id, one]))
  return after.statements.flatMap((now) => {
    const then = known.get(now.id)
    const since = then && then.calls <= now.calls ? then : { calls: 0, ms: 0 }
    const calls = now.calls - since.calls
    return calls === 0 ? [] : [{ ...now, calls, ms: Math.max(0, now.ms - since.ms) }]
  })
}

/** Milliseconds per call over all; null when nothing was called. */
export function meanOf(spent: readonly Spent[]): number | null {
  const calls = spent.reduce((sum, one) => sum + one.calls, 0)
  return calls === 0 ? null : spent.reduce((sum, one) => sum + one.ms, 0) / calls
}
