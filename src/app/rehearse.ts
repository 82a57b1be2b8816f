import type { Actor } from '../domain/events.ts'
import { liveAttempts } from '../domain/lookup.ts'
import { rehearsalAnswer, type RehearsalWishes } from '../domain/rehearsal-answers.ts'
import { rehearsalEnd, waitsFor, type RehearsalEnd } from '../domain/rehearsal-end.ts'
import type { CutoverState } from '../domain/state.ts'
import { nextWake } from '../domain/wake.ts'
import { handleCommand } from './handle-command.ts'
import type { CutoverLog, Loaded } from './ports.ts'

const ACTOR: Actor = { kind: 'rehearsal' }
/** Nothing runs, nothing is asked, and so long nothing has happened: nothing will. */
const QUIET_MS = 10_000
/** A notice may be on its way to a slow server. */
const QUIET_WHILE_SENDING_MS = 60_000

export interface Rehearser {
  /**
   * Answers everything that is asked of people now. Gives how the rehearsal ended, once it has. To be called again
   * after each event, and now and then. Throws `LogUnavailable`.
   */
  look(): Promise<RehearsalEnd | undefined>
}

/** Answers for people in one rehearsal, by the same commands as theirs. */
export function makeRehearser(deps: {
  readonly log: CutoverLog
  readonly cutover: string
  readonly wishes: RehearsalWishes
  /** Milliseconds that only go up. */
  readonly clock: () => number
}): Rehearser {
  const { log, cutover, wishes, clock } = deps
  let seen = { position: 0, at: clock() }

  async function load(): Promise<Loaded> {
    const loaded = await log.load(cutover)
    if (loaded === null) throw new Error(`The rehearsal ${cutover} is not in its log.`)
    return loaded
  }

  /** Undefined: answered, or nothing is asked; then `again` says which. */
  async function step(): Promise<{ readonly end?: RehearsalEnd; readonly again: boolean }> {
    const { state, now } = await load()
    const end = rehearsalEnd(state, { wishes, now })
    if (end !== undefined) return { end, again: false }
    const answer = rehearsalAnswer(state, { wishes, now })
    if (answer === undefined) return { ...standstill(state, now), again: false }
    if (answer.type === 'unanswerable') return { end: { outcome: 'stopped', why: answer.why }, again: false }
    const outcome = await handleCommand(log, cutover, answer, { actor: ACTOR })
    if (outcome.ok) return { again: true }
    // What was asked may have been overtaken by an event; then the next look asks something else.
    const overtaken = (await load()).state.position !== state.position
    if (overtaken) return { again: true }
    return { end: { outcome: 'stopped', why: outcome.refusal.message }, again: false }
  }

  function standstill(state: CutoverState, now: number): { readonly end?: RehearsalEnd } {
    const isNew = state.position !== seen.position
    if (isNew) seen = { position: state.position, at: clock() }
    if (isNew || liveAttempts(state).length > 0 || mayStillCome(state, now)) return {}
    const patience = isSending(state) ? QUIET_WHILE_SENDING_MS : QUIET_MS
    if (clock() - seen.at < patience) return {}
    return { end: { outcome: 'stopped', why: `It does not go on. It waits for ${waitsFor(state, now)}.` } }
  }

  return {
    async look() {
      for (;;) {
        const { end, again } = await step()
        if (!again) return end
      }
    },
  }
}

/** Times are waited for where the clock counts; an outcome that nobody knows may still become known. */
function mayStillCome(state: CutoverState, now: number): boolean {
  const isUnknown = Object.values(state.steps).some(({ status }) => status === 'unknown')
  return isUnknown || (state.realTime && nextWake(state, now) !== null)
}

const isSending = ({ plan, steps }: CutoverState): boolean =>
  Object.values(plan.steps).some(({ id, kind }) => kind === 'tell' && steps[id]?.status === 'active')
