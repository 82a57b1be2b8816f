import type { CutoverLog } from '../../src/app/ports.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { HOLDERS, person } from './cutover.ts'
import { makeKnown } from './known-plans.ts'
import { ANA, HOUR } from './plans.ts'

let opened = 0

/** Opens a cutover in a real log; planned for an hour from now. The hosts of an installation know its plan. Returns its id. */
export async function opening(log: CutoverLog, plan: Plan, id = `c${(opened += 1)}`): Promise<string> {
  const at = await log.now()
  const decision = decide(
    null,
    { type: 'open', plan, plannedStart: at + HOUR, holders: HOLDERS, channelName: 'migration-test' },
    { actor: person(ANA), at },
  )
  if (!decision.ok) throw new Error(decision.refusal.message)
  makeKnown(log, id, plan)
  const appended = await log.append({
    cutover: id,
    expected: 0,
    events: decision.events,
    actor: person(ANA),
    key: `${id}/open`,
  })
  if (!appended.ok) throw new Error(`The test's cutover does not open: ${appended.why}`)
  return id
}
