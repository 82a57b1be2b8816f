import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CutoverLog, Logins } from '../../src/app/ports.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { HOLDERS, person } from './cutover.ts'
import { ANA, aPlan, HOUR } from './plans.ts'

/** A login of the command line as if its code had been confirmed in Slack; kept in `folder` for that person. */
export async function writeLogin(
  logins: Logins,
  who: string,
  { folder, url }: { readonly folder: string; readonly url: string },
): Promise<void> {
  const token = await tokenOf(logins, who)
  mkdirSync(join(folder, who, 'cutover'), { recursive: true })
  writeFileSync(join(folder, who, 'cutover', 'logins.json'), JSON.stringify({ [url]: token }), {
    mode: 0o600,
  })
}

/** The token of a login as if its code had been confirmed in Slack. */
export async function tokenOf(logins: Logins, who: string): Promise<string> {
  const token = randomBytes(16).toString('hex')
  const code = randomBytes(4).toString('hex')
  const tokenHash = createHash('sha256').update(token).digest('hex')
  await logins.begin({ code, tokenHash, days: 1 })
  await logins.confirm(code, who)
  return token
}

/** Opens a rehearsal an hour before its T-0, straight in the log. */
export async function openInLog(
  log: CutoverLog,
  id: string,
  plan: Plan = aPlan().do('stop').build(),
): Promise<string> {
  const at = await log.now()
  const decision = decide(
    null,
    {
      type: 'open',
      plan: { ...plan, live: false, environment: 'demo' },
      plannedStart: at + HOUR,
      holders: HOLDERS,
      channelName: 'migration-test',
      realTime: true,
    },
    { actor: person(ANA), at },
  )
  if (!decision.ok) throw new Error(decision.refusal.message)
  await log.append({ cutover: id, expected: 0, events: decision.events, actor: person(ANA), key: id })
  return id
}
