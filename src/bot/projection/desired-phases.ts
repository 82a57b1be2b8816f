import type { CutoverState } from '../../domain/state.ts'
import { phaseCard, rollbackCard } from '../views/phase-card.ts'
import { openPhases, PAGE, pages } from '../views/phases.ts'
import { era, type DesiredMessage } from './kinds.ts'

/** A card for each page of each phase that was come to, and of the rollback. */
export function phaseMessages(state: CutoverState): readonly DesiredMessage[] {
  const phases = openPhases(state).flatMap((phase) =>
    pages(phase.steps).map((steps, page) =>
      card(phaseKey(state, phase.id, page), phaseCard(state, phase, page), steps),
    ),
  )
  const rollback = pages(state.rollback?.order ?? []).map((steps, page) =>
    card(rollbackKey(state, page), rollbackCard(state, page), steps),
  )
  const empty =
    state.rollback !== undefined && rollback.length === 0
      ? [card(rollbackKey(state, 0), rollbackCard(state, 0), [])]
      : []
  return [...phases, ...rollback, ...empty]
}

const card = (key: string, content: DesiredMessage['content'], about: readonly string[]): DesiredMessage => ({
  about,
  kind: 'message',
  key,
  channel: 'own',
  priority: 'card',
  content,
})

const phaseKey = (state: CutoverState, phase: string, page: number): string =>
  `phase/${phase}/${page + 1}${era(state)}`

const rollbackKey = (state: CutoverState, page: number): string =>
  `rollback/${(state.rollback?.startedAt ?? 0).toString(36)}/${page + 1}`

/** The card that shows a step: its replies hang there. */
export function cardOf(state: CutoverState, step: string): string | undefined {
  const phase = state.plan.phases.find((one) => one.steps.includes(step))
  if (phase !== undefined) return phaseKey(state, phase.id, Math.floor(phase.steps.indexOf(step) / PAGE))
  const index = state.rollback?.order.indexOf(step) ?? -1
  return index < 0 ? undefined : rollbackKey(state, Math.floor(index / PAGE))
}

/** Keys of the cards that are there now. */
export function cardKeys(state: CutoverState): readonly string[] {
  const phases = openPhases(state).flatMap((phase) =>
    pages(phase.steps).map((_, page) => phaseKey(state, phase.id, page)),
  )
  const rollback = state.rollback === undefined ? [] : [rollbackKey(state, 0)]
  return [
    ...phases,
    ...rollback,
    ...pages(state.rollback?.order ?? []).map((_, page) => rollbackKey(state, page)),
  ]
}
