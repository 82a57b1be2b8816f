import { reckonedOption } from './alternatives.ts'
import { applies } from './conditions.ts'
import { comesAfterCompletion, isSatisfied, lastAttempt, phaseSteps, planStep, stepState } from './lookup.ts'
import type { Instant, Range, Step } from './plan.ts'
import { estimateOfStep } from './parts.ts'
import { rollbackPlan, windowEnd } from './rollback-plan.ts'
import type { CutoverState, DurationMs } from './state.ts'
import { earliest } from './time.ts'

/** Two instants: if all goes as quickly, and if all goes as slowly as estimated. */
export interface Span {
  readonly low: Instant
  readonly high: Instant
}

export interface Forecast {
  /** When the last step that changes something, or closes what was opened, will be done: what the window is about. */
  readonly done: Span
  /** When the last step before completion will be done; watches run beside and are not counted. */
  readonly end: Span
  readonly windowEndsAt: Instant
  /** From the slow end to the end of the window; negative when it does not fit. */
  readonly spareMs: DurationMs
  readonly fits: boolean
  /** The last moment at which a rollback of the estimated length still ends inside the window. */
  readonly pointOfNoReturn: Instant
  /** Steps still to do for which the runbook gives no estimate: they count nothing. */
  readonly withoutEstimate: readonly string[]
}

/** Plain sum of estimates along what remains, parallel steps side by side, never before a step's earliest time. */
export function forecast(
  state: CutoverState,
  now: Instant,
  /** What attempts under way say of themselves; without it they are taken to use their estimate up as time goes by. */
  leftIn: (attempt: string) => Range | undefined = () => undefined,
): Forecast {
  const remaining = remainingSteps(state)
  const low = walk({ state, now, leftIn }, remaining, 'lowMs')
  const high = walk({ state, now, leftIn }, remaining, 'highMs')
  const windowEndsAt = windowEnd(state)
  const spareMs = windowEndsAt - high.done
  return {
    done: { low: low.done, high: high.done },
    end: { low: low.end, high: high.end },
    windowEndsAt,
    spareMs,
    fits: spareMs >= 0,
    pointOfNoReturn: windowEndsAt - rollbackPlan(state, now).lengthMs,
    withoutEstimate: remaining
      .filter((step) => isMachineWork(step) && estimateOfStep(state, step) === undefined)
      .map((step) => step.id),
  }
}

const isMachineWork = (step: Step): boolean => step.kind === 'run'

const remainingSteps = (state: CutoverState): readonly Step[] =>
  phaseSteps(state.plan)
    .map((id) => planStep(state, id))
    .filter((step) => step.kind !== 'watch' && !comesAfterCompletion(state.plan, step.id))
    .filter((step) => !isSatisfied(stepState(state, step.id).status))
    .filter((step) => isReckoned(state, step) && applies(state, step).kind !== 'no')

const isReckoned = (state: CutoverState, { branch }: Step): boolean =>
  branch === undefined || reckonedOption(state, branch.choice) === branch.option

interface Reckoned {
  readonly state: CutoverState
  readonly now: Instant
  readonly leftIn: (attempt: string) => Range | undefined
}

function walk(
  reckoned: Reckoned,
  steps: readonly Step[],
  bound: keyof Range,
): { readonly done: Instant; readonly end: Instant } {
  const { state, now } = reckoned
  let startedBefore = now
  let end = now
  let done = now
  for (const step of steps) {
    const from = Math.max(step.parallel ? startedBefore : end, earliest(state, step.id) ?? now, now)
    const finished = from + leftOf(reckoned, step, bound)
    startedBefore = from
    end = Math.max(end, finished)
    if (step.mutating || step.closes.length > 0) done = Math.max(done, end)
  }
  return { done, end }
}

/** What is left of a step's estimate: work under way has used up some of it. */
function leftOf({ state, now, leftIn }: Reckoned, step: Step, bound: keyof Range): DurationMs {
  const own = stepState(state, step.id)
  const attempt = own.status === 'active' ? lastAttempt(state, step.id) : undefined
  const told = attempt === undefined ? undefined : leftIn(attempt.id)
  if (told !== undefined) return told[bound]
  const estimate = estimateOfStep(state, step)?.[bound] ?? 0
  const since = attempt?.spawningAt
  const waited = own.status === 'due' && step.kind === 'do' ? own.dueAt : undefined
  const started = since ?? waited
  return started === undefined ? estimate : Math.max(0, estimate - (now - started))
}
