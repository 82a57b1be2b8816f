import type { Recorded } from './events.ts'
import { attempts } from './evolve/attempts.ts'
import { gates } from './evolve/gates.ts'
import { life } from './evolve/life.ts'
import { notices } from './evolve/notices.ts'
import { opened } from './evolve/opened.ts'
import { people } from './evolve/people.ts'
import { rollback } from './evolve/rollback.ts'
import { steps } from './evolve/steps.ts'
import type { CutoverState } from './state.ts'

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

export function fold(events: readonly Recorded[]): CutoverState | null {
  return events.reduce<CutoverState | null>(evolve, null)
}

type Later = Exclude<Recorded, { type: 'cutover opened' }>

function apply(state: CutoverState, event: Later): CutoverState {
  switch (event.type) {
    case 'cutover started':
    case 'migration began':
    case 'cutover watching':
    case 'cutover guarded':
    case 'cutover closed':
    case 'cutover held':
    case 'cutover resumed':
    case 'cutover postponed':
    case 'cutover rescheduled':
    case 'cutover abandoned':
    case 'plan advanced':
      return life(state, event)
    case 'rollback asked':
    case 'rollback started':
    case 'rollback stopped':
    case 'rollback resumed':
    case 'rollback finished':
      return rollback(state, event)
    case 'step due':
    case 'step late':
    case 'step overran':
    case 'step timed out':
    case 'step ticked':
    case 'item ticked':
    case 'step unticked':
    case 'step skipped':
    case 'step overridden':
    case 'step marked':
    case 'step not applicable':
    case 'step moved':
    case 'second person asked':
      return steps(state, event)
    case 'attempt dispatched':
    case 'attempt claimed':
    case 'attempt spawning':
    case 'attempt running':
    case 'attempt adopted':
    case 'attempt revoked':
    case 'attempt refused':
    case 'cancel requested':
    case 'attempt ended':
    case 'attempt unknown':
    case 'attempt unobserved':
    case 'attempt observed':
    case 'watch breached':
      return attempts(state, event)
    case 'gate opened':
    case 'criterion confirmed':
    case 'criterion unconfirmed':
    case 'criterion overridden':
    case 'vote cast':
    case 'votes went stale':
    case 'go given':
    case 'gate decided':
    case 'round closed':
      return gates(state, event)
    case 'role assigned':
    case 'handover asked':
    case 'note added':
    case 'issue opened':
    case 'issue closed':
    case 'rehearsal recorded':
      return people(state, event)
    case 'notice delivered':
    case 'notice failed':
    case 'timeline posted':
      return notices(state, event)
    default:
      return unknownEvent(event)
  }
}

function unknownEvent(event: never): never {
  throw new Error(`This version of Cutover does not know the event ${JSON.stringify(event)}.`)
}
