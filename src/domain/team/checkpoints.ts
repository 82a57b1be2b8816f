import { criterionShown, lastEnded, stepBehind, unmet } from '../criteria.ts'
import { comesAfterCompletion, isSatisfied, stepState } from '../lookup.ts'
import { COMPLETE } from '../plan.ts'
import type { Instant, Phase } from '../plan.ts'
import type { CutoverState, Evidence } from '../state.ts'
import type { TeamEvent } from './events.ts'
import type { Checkpoint, Issue } from './state.ts'

const UNDER_WAY: readonly CutoverState['status'][] = ['scheduled', 'running', 'watching', 'guarded']

/** Phases that have come to their end are judged by the criteria of their checkpoint. */
export function checkpointsGoOn(state: CutoverState, now: Instant): readonly TeamEvent[] {
  if (!UNDER_WAY.includes(state.status)) return []
  for (const phase of state.plan.phases) {
    if (phase.checkpoint === undefined || !hasEnded(state, phase)) continue
    const evidence = evidenceAt(state, phase, now)
    const before = state.checkpoints[phase.id]
    if (before !== undefined && !isOutdated(state, phase, before, evidence)) continue
    const { startedAt = now, endedAt = now } = phaseSummary(state, phase)
    const type =
      unmet(evidence).length === 0 ? ('checkpoint passed' as const) : ('checkpoint failed' as const)
    const afterStartMs = now - (state.beganAt ?? state.plannedStart)
    return [{ type, data: { phase: phase.id, evidence, afterStartMs, durationMs: endedAt - startedAt } }]
  }
  return []
}

/**
 * Watches go on beside. A phase of which nothing applied has nothing to judge, and what its criteria look at must have
 * an answer first.
 */
function hasEnded(state: CutoverState, phase: Phase): boolean {
  const own = phase.steps.filter((id) => state.plan.steps[id]?.kind !== 'watch')
  const settled = own.every((id) => isSatisfied(stepState(state, id).status))
  const happened = phase.steps.some((id) => stepState(state, id).status !== 'not applicable')
  const asked = (phase.checkpoint ?? []).flatMap((one) => stepBehind(state.plan, one) ?? [])
  return settled && happened && asked.every((id) => hasAnswer(state, id))
}

function hasAnswer(state: CutoverState, id: string): boolean {
  const { status } = stepState(state, id)
  return status !== 'pending' && status !== 'due' && status !== 'active'
}

const evidenceAt = (state: CutoverState, { checkpoint = [] }: Phase, now: Instant): readonly Evidence[] =>
  checkpoint.flatMap((one) =>
    one.kind === 'confirm' ? [] : [{ criterion: one.id, ...criterionShown(state, one, now) }],
  )

/** A failed one is judged again when an answer has changed; a passed one when a tick of its phase was taken back. */
function isOutdated(
  state: CutoverState,
  phase: Phase,
  before: Checkpoint,
  evidence: readonly Evidence[],
): boolean {
  if (before.accepted !== undefined) return false
  if (before.result === 'failed')
    return evidence.some((one, index) => one.met !== before.evidence[index]?.met)
  return phase.steps.some((id) => {
    const { tick, finishedAt = 0 } = stepState(state, id)
    return tick !== undefined && finishedAt > before.at
  })
}

/** Whether nobody may go on behind this phase yet. */
export function holdsBack(state: CutoverState, phase: Phase): boolean {
  if (phase.checkpoint === undefined) return false
  const checkpoint = state.checkpoints[phase.id]
  if (checkpoint !== undefined) return checkpoint.result === 'failed' && checkpoint.accepted === undefined
  return phase.steps.some((id) => stepState(state, id).status !== 'not applicable')
}

/** The first phase before this step whose checkpoint has not been passed. */
export function checkpointBefore(state: CutoverState, id: string): Phase | undefined {
  const { phases } = state.plan
  if (id === COMPLETE) {
    if (state.status === 'rolled back') return undefined
    return phases.find(
      (phase) =>
        holdsBack(state, phase) && !phase.steps.every((one) => comesAfterCompletion(state.plan, one)),
    )
  }
  const own = phases.findIndex((phase) => phase.steps.includes(id))
  return phases.slice(0, Math.max(0, own)).find((phase) => holdsBack(state, phase))
}

/** Phases whose checkpoint failed and that nobody has answered for. */
export const failedCheckpoints = (state: CutoverState): readonly string[] =>
  UNDER_WAY.includes(state.status)
    ? state.plan.phases
        .filter(({ id }) => {
          const checkpoint = state.checkpoints[id]
          return checkpoint?.result === 'failed' && checkpoint.accepted === undefined
        })
        .map(({ id }) => id)
    : []

export interface PhaseFact {
  readonly step: string
  readonly name: string
  readonly value: string
}

export interface PhaseSummary {
  readonly startedAt?: Instant
  /** Absent while something of it is open. */
  readonly endedAt?: Instant
  readonly facts: readonly PhaseFact[]
  readonly issues: readonly Issue[]
}

/** What a phase came to: its times, what its machine work and its people found, the issues of its steps. */
export function phaseSummary(state: CutoverState, phase: Phase): PhaseSummary {
  const steps = phase.steps.map((id) => stepState(state, id))
  const started = steps.flatMap(({ startedAt }) => startedAt ?? [])
  const finished = steps.flatMap(({ startedAt, finishedAt }) =>
    startedAt === undefined ? [] : (finishedAt ?? []),
  )
  const isOver = phase.steps
    .filter((id) => state.plan.steps[id]?.kind !== 'watch')
    .every((id) => isSatisfied(stepState(state, id).status))
  return {
    ...(started.length > 0 && { startedAt: Math.min(...started) }),
    ...(isOver && finished.length > 0 && { endedAt: Math.max(...finished) }),
    facts: phase.steps.flatMap((id) => factsOf(state, id)),
    issues: state.issues.filter(({ step }) => step !== undefined && phase.steps.includes(step)),
  }
}

/** Facts are for later steps too; here only what a person can read in a line. */
function factsOf(state: CutoverState, id: string): readonly PhaseFact[] {
  const kind = state.plan.steps[id]?.kind
  if (kind !== 'run' && kind !== 'do') return []
  const { facts } = stepState(state, id)
  const found = kind === 'run' ? (lastEnded(state, id)?.facts ?? facts) : facts
  return Object.entries(found).flatMap(([name, value]) =>
    value === null || typeof value === 'boolean' || typeof value === 'object'
      ? []
      : [{ step: id, name, value: String(value) }],
  )
}
