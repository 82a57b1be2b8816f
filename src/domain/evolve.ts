import type { CutoverEvent, EventType, Recorded } from './events.ts'
import { optionChosen } from './evolve/alternatives.ts'
import { attempts } from './evolve/attempts.ts'
import { blockers } from './evolve/blockers.ts'
import { gates } from './evolve/gates.ts'
import { life } from './evolve/life.ts'
import { notices } from './evolve/notices.ts'
import { opened } from './evolve/opened.ts'
import { people } from './evolve/people.ts'
import { pools } from './evolve/pools.ts'
import { rollback } from './evolve/rollback.ts'
import { slack } from './evolve/slack.ts'
import { steps } from './evolve/steps.ts'
import type { CutoverState } from './state.ts'
import { team } from './team/evolve.ts'

/**
 * The state after one more event of the log. Throws when the log is broken: when it does not begin with
 * `cutover opened`, or a position is missing.
 */
export function evolve(state: CutoverState | null, event: Recorded): CutoverState {
  const expected = (state?.position ?? 0) + 1
  if (event.position !== expected)
    throw new Error(`The log of ${event.cutover} goes on at ${event.position} instead of ${expected}.`)
  if (event.type === 'cutover opened') {
    if (state !== null) throw new Error(`The log of ${event.cutover} opens it twice.`)
    return opened(event)
  }
  if (state === null) throw new Error(`The log of ${event.cutover} does not begin with its opening.`)
  return { ...apply(state, event), position: event.position }
}

/** @internal The whole log of a cutover at once, for tests. */
export function fold(events: readonly Recorded[]): CutoverState | null {
  return events.reduce<CutoverState | null>(evolve, null)
}

type LaterType = Exclude<EventType, 'cutover opened'>

/** Which file knows what an event does; a new event does not compile until one of them says so. */
const FAMILY: {
  readonly [Type in LaterType]: (
    state: CutoverState,
    event: Recorded<Extract<CutoverEvent, { type: Type }>>,
  ) => CutoverState
} = {
  'cutover started': life,
  'migration began': life,
  'cutover watching': life,
  'cutover guarded': life,
  'cutover closed': life,
  'cutover held': life,
  'cutover resumed': life,
  'cutover postponed': life,
  'cutover rescheduled': life,
  'cutover abandoned': life,
  'plan advanced': life,
  'rollback asked': rollback,
  'rollback started': rollback,
  'rollback stopped': rollback,
  'rollback resumed': rollback,
  'rollback option taken': rollback,
  'rollback finished': rollback,
  'step due': steps,
  'step late': steps,
  'step overran': steps,
  'step timed out': steps,
  'step ticked': steps,
  'item ticked': steps,
  'step unticked': steps,
  'step skipped': steps,
  'step overridden': steps,
  'step marked': steps,
  'step not applicable': steps,
  'step moved': steps,
  'option chosen': optionChosen,
  'second person asked': steps,
  'attempt dispatched': attempts,
  'attempt claimed': attempts,
  'attempt spawning': attempts,
  'attempt running': attempts,
  'attempt adopted': attempts,
  'attempt revoked': attempts,
  'attempt refused': attempts,
  'cancel requested': attempts,
  'attempt ended': attempts,
  'attempt unknown': attempts,
  'attempt unobserved': attempts,
  'attempt observed': attempts,
  'attempt asked': attempts,
  'attempt blocked': blockers,
  'attempt unblocked': blockers,
  'unblock asked': blockers,
  'unblock begun': blockers,
  'unblock ended': blockers,
  'watch breached': attempts,
  'pool ready': pools,
  'pool refused': pools,
  'gate opened': gates,
  'criterion confirmed': gates,
  'criterion unconfirmed': gates,
  'criterion overridden': gates,
  'vote cast': gates,
  'votes went stale': gates,
  'go given': gates,
  'gate decided': gates,
  'round closed': gates,
  'role assigned': people,
  'handover asked': people,
  'vouch asked': people,
  'login vouched': people,
  'note added': people,
  'slack went away': slack,
  'slack came back': slack,
  'issue opened': team,
  'issue changed': team,
  'issue closed': team,
  'escalation began': team,
  'escalation raised': team,
  'escalation taken': team,
  'escalation ended': team,
  'ack asked': team,
  'role acknowledged': team,
  'checkpoint passed': team,
  'checkpoint failed': team,
  'checkpoint accepted': team,
  'shift began': team,
  'follow-up opened': team,
  'follow-up closed': team,
  'follow-up waived': team,
  'follow-up reminded': team,
  'debrief given': team,
  'change allowed': team,
  'cutover forgotten': team,
  'user report filed': team,
  'rehearsal recorded': people,
  'notice delivered': notices,
  'notice failed': notices,
  'notice parked': notices,
  'notice called for': notices,
  'notice drafted': notices,
  'notice approved': notices,
  'notice rejected': notices,
  'update missed': notices,
  'pager called': notices,
  'timeline posted': notices,
  'timeline mailed': notices,
}

function apply(state: CutoverState, event: Exclude<Recorded, { type: 'cutover opened' }>): CutoverState {
  // The table pairs each event with a function that takes it; the compiler cannot follow that through a lookup.
  const family = FAMILY[event.type] as ((state: CutoverState, event: Recorded) => CutoverState) | undefined
  if (family === undefined)
    throw new Error(`This version of Cutover does not know the event “${String(event.type)}”.`)
  return family(state, event)
}
