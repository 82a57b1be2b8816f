import type { Client } from 'pg'
import { oneLine } from '../wording.ts'

const LOOK_EVERY_MS = 500

const BLOCKERS = `
  select b.pid, coalesce(nullif(b.application_name, ''), b.usename) as who, b.state,
    extract(epoch from now() - b.state_change)::int as seconds
  from unnest(pg_blocking_pids($1)) as held (pid) join pg_stat_activity b on b.pid = held.pid
  order by b.xact_start limit 1`

/**
 * Looks from a second connection whether session `pid` waits for a lock, and says who holds it. `last` gives what
 * was seen last, for the message when the wait has ended in an error.
 */
export function watchBlockers(monitor: Client, pid: number, tell: (who: string) => void) {
  let last: string | undefined
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    const { rows } = await monitor.query<{ pid: number; who: string; state: string; seconds: number }>(
      BLOCKERS,
      [pid],
    )
    const [row] = rows
    if (!row) return
    last = `pid ${row.pid} (${oneLine(row.who, 60)}, ${row.state}, ${row.seconds} s)`
    tell(`waits for ${last}`)
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
    },
  }
}
