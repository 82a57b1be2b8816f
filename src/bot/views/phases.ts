import { isSatisfied } from '../../domain/lookup.ts'
import type { Phase } from '../../domain/plan.ts'
import type { CutoverState, StepStatus } from '../../domain/state.ts'

/** Steps a card shows: a phase is cut into these when it opens, and never again. */
export const PAGE = 15

/** Statuses that no step gets before somebody or something came to it. */
const TOUCHED: readonly StepStatus[] = ['due', 'active', 'done', 'failed', 'unknown', 'overridden']

/** The first phase with something left to do; `number` counts from 1. */
export function currentPhase(
  state: CutoverState,
): { readonly phase: Phase; readonly number: number } | undefined {
  const index = state.plan.phases.findIndex((phase) => phase.steps.some((id) => !isDone(state, id)))
  const phase = state.plan.phases[index]
  return phase === undefined ? undefined : { phase, number: index + 1 }
}

/** Phases that have been come to, the current one among them. */
export function openPhases(state: CutoverState): readonly Phase[] {
  const current = currentPhase(state)?.number ?? state.plan.phases.length
  return state.plan.phases.filter(
    (phase, index) =>
      phase.steps.length > 0 &&
      (index < current || phase.steps.some((id) => TOUCHED.includes(state.steps[id]?.status ?? 'pending'))),
  )
}

export const pages = (steps: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(steps.length / PAGE) }, (_, page) =>
    steps.slice(page * PAGE, (page + 1) * PAGE),
  )

const isDone = (state: CutoverState, id: string): boolean => isSatisfied(state.steps[id]?.status ?? 'pending')
