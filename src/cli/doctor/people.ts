import type { Pool } from 'pg'
import { ask } from '../../postgres/ask.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { makeLogins } from '../../postgres/logins.ts'
import { ok, warning, WITHOUT_LOG, type Finding } from './finding.ts'
import type { Look } from './place.ts'

/** Who could go on if Slack went away now. */
export const people: Look = {
  title: 'Logins',
  async look({ log: pool }) {
    if (pool === null) return [WITHOUT_LOG]
    if (!(await maySee(pool))) return [ok('Seen from the host of `serve`: a worker’s login may not look')]
    const log = makeEventLog(pool)
    const [open, loggedIn] = [await log.open(), await makeLogins(pool).loggedIn()]
    if (open.length === 0) return [ok('No cutover is open')]
    const findings: Finding[] = []
    for (const { id, title } of open) {
      const loaded = await log.load(id)
      const holders = new Set(Object.values(loaded?.state.holders ?? {}).map(({ person }) => person))
      const without = [...holders].filter((person) => !loggedIn.has(person))
      findings.push(
        without.length === 0
          ? ok(`${title} (${id}): every holder has a login of the command line`)
          : warning(
              `${title} (${id}): ${without.join(', ')} could do nothing without Slack.`,
              'Ask each of them for `cutover login` before T-0.',
            ),
      )
    }
    return findings
  },
}

async function maySee(pool: Pool): Promise<boolean> {
  const { rows } = await ask<{ may: boolean }>(
    pool,
    `select coalesce(has_table_privilege(to_regclass('cutover.login')::oid, 'select'), true) as may`,
  )
  return rows[0]?.may === true
}
