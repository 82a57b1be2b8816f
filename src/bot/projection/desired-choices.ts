import { choiceState, dueChoices } from '../../domain/alternatives.ts'
import { mayChoose } from '../../domain/may-choose.ts'
import type { Instant } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { choiceCard } from '../views/choice-card.ts'
import { era, type DesiredMessage } from './kinds.ts'

/** A card for each choice: those of the start from the beginning, the others when they are reached. */
export function choiceMessages(state: CutoverState, now: Instant): readonly DesiredMessage[] {
  const due = dueChoices(state, now)
  return Object.values(state.plan.choices)
    .filter(({ id }) => choiceState(state, id).option !== undefined || due.includes(id))
    .map(({ id }) => ({
      kind: 'message',
      key: `choice/${id}${era(state)}`,
      channel: 'own',
      priority: 'decision',
      about: [id],
      content: choiceCard(state, id),
      ...(mayChoose(state, id, undefined) === null ? {} : { settled: true }),
    }))
}
