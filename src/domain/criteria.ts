import { attemptState, gateState, gateStep, isComplete, lastAttempt, planStep, stepState } from './lookup.ts'
import { COMPLETE } from './plan.ts'
import type { Criterion, Instant, Plan, WatchStep } from './plan.ts'
import { objectiveCriteria, objectiveShown } from './objectives.ts'
import { nameOf } from './refusals.ts'
import { rehearsedShown } from './rehearsed.ts'
import type { AttemptState, CutoverState, Evidence, StepState } from './state.ts'
import { ackShown } from './team/acks.ts'
import { changeCriteria, changesShown } from './team/changes.ts'
import { followUpCriteria, followUpShown } from './team/follow-ups.ts'
import { FRESH_MS } from './time.ts'

type StepCriterion = Extract<Criterion, { kind: 'step' }>

/**
 * What a gate is decided on. Completing is judged on the runbook's success and failure criteria too; after a
 * rollback there is no success left to judge.
 */
export function criteriaOf(state: CutoverState, gate: string): readonly Criterion[] {
  const { criteria, against = [] } = gateStep(state, gate)
  const own = [...criteria, ...against]
  if (!isComplete(gate))
    return [
      ...own,
      ...followUpCriteria(state.plan, gate),
      ...objectiveCriteria(state.plan),
      ...changeCriteria(state),
    ]
  if (state.status === 'rolled back') return []
  const all = [...own, ...state.plan.success, ...state.plan.failure, ...changeCriteria(state)]
  return all.filter((one, index) => all.findIndex((other) => other.id === one.id) === index)
}

/** Each criterion of a gate with what it shows now. */
export const evidenceOf = (state: CutoverState, gate: string, now: Instant): readonly Evidence[] =>
  criteriaOf(state, gate).map((criterion) => evidence(state, gate, criterion, now))

/** Criteria that hold back GO: neither met nor overridden. */
export const unmet = (evidence: readonly Evidence[]): readonly Evidence[] =>
  evidence.filter((one) => !one.met && one.overridden !== true)

function evidence(state: CutoverState, gate: string, criterion: Criterion, now: Instant): Evidence {
  const shown = { criterion: criterion.id, ...look(state, gate, criterion, now) }
  const override = gateState(state, gate).overridden[criterion.id]
  const holds = override !== undefined && override.answer === answerOf(state, gate, criterion.id)
  return !shown.met && holds ? { ...shown, overridden: true } : shown
}

/** What a criterion shows outside a gate, where nobody confirms anything. */
export const criterionShown = (
  state: CutoverState,
  criterion: Exclude<Criterion, { kind: 'confirm' }>,
  now: Instant,
): Shown => look(state, '', criterion, now)

type Shown = Pick<Evidence, 'met' | 'answer' | 'at'>

/**
 * A failure criterion says what means failed, and `against` of a gate what speaks against it: each holds back GO when
 * it holds. A step that turned red, a watch out of its bounds, what somebody confirms to have happened. Until then it is silent, which is what one hopes for.
 */
export function isFailure(plan: Plan, gate: string, criterion: string): boolean {
  const step = plan.steps[gate]
  const isNamed = (criteria: readonly Criterion[]) => criteria.some((one) => one.id === criterion)
  if (step?.kind === 'decide' && step.place === 'plan') return isNamed(step.against ?? [])
  return isComplete(gate) && isNamed(plan.failure) && !isNamed(plan.success)
}

/** What success and failure of the cutover are judged on, as it shows now; failure first. */
export function verdictOf(
  state: CutoverState,
  now: Instant,
): readonly (Evidence & { readonly about: 'failure' | 'success' })[] {
  const shown = (criterion: Criterion) => evidence(state, COMPLETE, criterion, now)
  return [
    ...state.plan.failure.map((one) => ({ ...shown(one), about: 'failure' as const })),
    ...state.plan.success.map((one) => ({ ...shown(one), about: 'success' as const })),
  ]
}

/** Failure criteria that hold now, whatever was overridden: each is a reason to turn back. */
export const failuresMet = (state: CutoverState, now: Instant): readonly Evidence[] =>
  verdictOf(state, now).filter(({ about, met }) => about === 'failure' && !met)

function look(state: CutoverState, gate: string, criterion: Criterion, now: Instant): Shown {
  return isFailure(state.plan, gate, criterion.id)
    ? lookForFailure(state, gate, criterion, now)
    : lookFor(state, gate, criterion, now)
}

function lookForFailure(state: CutoverState, gate: string, criterion: Criterion, now: Instant): Shown {
  if (criterion.kind === 'step') {
    const shown = lookAtStep(state, criterion)
    const own = stepBehind(state.plan, criterion)
    const step = own === undefined ? undefined : stepState(state, own)
    const hasBreached = own !== criterion.step && step?.breaches.some((one) => one.check === criterion.step)
    const isSo = own === criterion.step ? step !== undefined && isRed(step) : hasBreached === true
    return { ...shown, met: !isSo }
  }
  const shown = lookFor(state, gate, criterion, now)
  if (criterion.kind === 'confirm' && !shown.met) return { met: true, answer: 'nobody has said so' }
  return { ...shown, met: !shown.met }
}

function lookFor(state: CutoverState, gate: string, criterion: Criterion, now: Instant): Shown {
  switch (criterion.kind) {
    case 'step':
      return lookAtStep(state, criterion)
    case 'confirm': {
      const confirmed = gateState(state, gate).confirmed[criterion.id]
      if (confirmed === undefined) return { met: false, answer: 'not confirmed yet' }
      return { met: true, answer: `confirmed by ${nameOf(confirmed.by)}`, at: confirmed.at }
    }
    case 'rehearsed':
      return rehearsedShown(state, criterion, now)
    case 'objective':
      return state.plan.live
        ? objectiveShown(state, criterion.id, now)
        : { met: true, answer: 'not applicable: a rehearsal measures it' }
    case 'ack':
      return ackShown(state, criterion)
    case 'changes':
      return changesShown(state)
    case 'follow-up':
      return followUpShown(state, criterion.followUp)
  }
}

function lookAtStep(state: CutoverState, criterion: StepCriterion): Shown {
  const watch = watchOf(state.plan, criterion.step)
  if (watch !== undefined) return lookAtWatchCheck(state, watch, criterion.step)
  const step = stepState(state, criterion.step)
  const at = lookedAt(state, criterion.step)
  const shown = { answer: answerOfStep(state, criterion.step), ...(at !== undefined && { at }) }
  return { ...shown, met: step.status === 'done' || step.status === 'not applicable' }
}

const isRed = (step: StepState): boolean => step.status === 'failed' || step.status === 'unknown'

/** The watch that has a check of this id, if it is not a step of its own. */
function watchOf(plan: Plan, id: string): WatchStep | undefined {
  if (plan.steps[id] !== undefined) return undefined
  return Object.values(plan.steps).find(
    (step): step is WatchStep => step.kind === 'watch' && step.checks.some((check) => check.id === id),
  )
}

/** The step that a criterion is answered by, if it is one. */
export function stepBehind(plan: Plan, criterion: Criterion): string | undefined {
  if (criterion.kind !== 'step') return undefined
  const id = watchOf(plan, criterion.step)?.id ?? criterion.step
  return plan.steps[id] === undefined ? undefined : id
}

/** Green when the watch has ended and this check never left its bounds. */
function lookAtWatchCheck(state: CutoverState, watch: WatchStep, check: string): Shown {
  const step = stepState(state, watch.id)
  const breach = step.breaches.findLast((one) => one.check === check)
  if (breach !== undefined) return { met: false, answer: breach.answer, at: breach.at }
  if (step.status === 'not applicable') return { met: true, answer: `not applicable: ${step.reason ?? ''}` }
  if (step.status === 'done' || step.status === 'failed') {
    const ended = lastAttempt(state, watch.id)
    const good = ended?.outcome === 'succeeded'
    const answer = good ? 'in bounds all the time' : (step.reason ?? 'the watch did not end well')
    return { met: good, answer, ...(ended?.endedAt !== undefined && { at: ended.endedAt }) }
  }
  if (step.status === 'skipped') return { met: false, answer: `skipped: ${step.reason ?? ''}` }
  return { met: false, answer: 'the watch has not ended yet' }
}

function answerOfStep(state: CutoverState, id: string): string {
  const step = stepState(state, id)
  switch (step.status) {
    case 'pending':
    case 'due':
      return 'not done yet'
    case 'active':
      return 'under way'
    case 'unknown':
      return 'nobody knows how it ended'
    case 'skipped':
      return `skipped: ${step.reason ?? ''}`
    case 'overridden':
      return `red, gone on from: ${step.reason ?? ''}`
    case 'not applicable':
      return `not applicable: ${step.reason ?? step.tick?.note ?? ''}`
    case 'done':
    case 'failed':
      return resultOf(state, id, step)
  }
}

function resultOf(state: CutoverState, id: string, step: StepState): string {
  if (step.tick !== undefined) return `${step.status} by ${nameOf(step.tick.by)}`
  const ended = lastEnded(state, id)
  return ended?.why ?? ended?.summary ?? step.reason ?? step.status
}

/** The attempt that gave the answer a step shows: looks that came to nothing do not count. */
export function lastEnded(state: CutoverState, id: string): AttemptState | undefined {
  const ids = stepState(state, id).attempts
  const ended = ids.findLast((attempt) => attemptState(state, attempt).status === 'ended')
  return ended === undefined ? undefined : attemptState(state, ended)
}

function lookedAt(state: CutoverState, id: string): Instant | undefined {
  const step = stepState(state, id)
  const kind = planStep(state, id).kind
  if (kind === 'check' || kind === 'run' || kind === 'watch') return lastEnded(state, id)?.endedAt
  return step.tick?.at ?? step.finishedAt
}

/** What an override refers to: it ends when this changes. Wording and timings of a look do not count, values do. */
export function answerOf(state: CutoverState, gate: string, criterion: string): string {
  const found = criteriaOf(state, gate).find((one) => one.id === criterion)
  if (found?.kind !== 'step') return ''
  const watch = watchOf(state.plan, found.step)
  const id = watch?.id ?? found.step
  const ended = lastEnded(state, id)
  const values = ended?.facts ?? {}
  const answer = Object.keys(values).length > 0 ? values : (ended?.summary ?? null)
  const breaches = watch === undefined ? 0 : stepState(state, id).breaches.length
  return JSON.stringify([stepState(state, id).status, ended?.verdict ?? null, answer, breaches])
}

/** What a machine can look at again for a gate, and how young the look must be for GO to take effect. */
export function lookable(
  state: CutoverState,
  gate: string,
): readonly { readonly criterion: string; readonly step: string; readonly freshMs: number }[] {
  return criteriaOf(state, gate).flatMap((criterion) => {
    if (criterion.kind !== 'step' || state.plan.steps[criterion.step]?.kind !== 'check') return []
    const { status } = stepState(state, criterion.step)
    if (status === 'not applicable' || status === 'skipped' || status === 'pending') return []
    return [{ criterion: criterion.id, step: criterion.step, freshMs: criterion.freshMs ?? FRESH_MS }]
  })
}
