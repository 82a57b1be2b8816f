import { applicationNameOf } from '../application-name.ts'
import { connectPostgres } from '../pg/connect.ts'
import type { PostgresTarget } from '../targets.ts'
import { duration, oneLine } from '../wording.ts'

const LOOK_EVERY_MS = 500

const BLOCKED = `
  select b.pid, coalesce(nullif(b.application_name, ''), b.usename) as who, b.state,
    extract(epoch from now() - b.state_change) * 1000 as "forMs",
    (select l.relation::regclass::text from pg_locks l
      where l.pid = a.pid and not l.granted and l.relation is not null limit 1) as relation
  from pg_stat_activity a
    cross join unnest(pg_blocking_pids(a.pid)) as held (pid)
    join pg_stat_activity b on b.pid = held.pid
  where a.application_name = $1 and a.datname = current_database()
  order by b.xact_start limit 1`

interface Row {
  readonly pid: number
  readonly who: string
  readonly state: string
  readonly forMs: string
  readonly relation: string | null
}

export interface BlockedWatch {
  /** Who held what when it was last looked: `"orders" is locked by pid 4121 (reporting, idle in transaction, 6 min)`. */
  readonly last: () => string | undefined
  readonly stop: () => Promise<void>
}

/**
 * Looks from a session of its own whether a session of this attempt waits for a lock, whichever program opened it.
 * `tell` hears of it while it lasts, and undefined when it is over.
 */
export async function watchBlocked(
  target: PostgresTarget,
  attempt: string,
  tell: (who: string | undefined) => void,
): Promise<BlockedWatch> {
  // Under another name, so that it is no session of the tool.
  const client = await connectPostgres(target, { attempt: `${attempt}.look`, statementTimeoutMs: 5_000 })
  let last: string | undefined
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    const { rows } = await client.query<Row>(BLOCKED, [applicationNameOf(attempt)])
    const [row] = rows
    tell(row && `waits for pid ${row.pid} (${oneLine(row.who, 60)})`)
    if (row) last = spoken(row)
  }
  const timer = setInterval(() => {
    // Who blocks is said when it can be; the work does not depend on it.
    looking = looking.then(look).catch(() => undefined)
  }, LOOK_EVERY_MS)
  return {
    last: () => last,
    stop: async () => {
      clearInterval(timer)
      await looking
      await client.end().catch(() => undefined)
    },
  }
}

function spoken({ pid, who, state, forMs, relation }: Row): string {
  const what = relation === null ? 'what it needs' : `"${relation}"`
  return `${what} is locked by pid ${pid} (${oneLine(who, 60)}, ${state}, ${duration(Number(forMs))})`
}
