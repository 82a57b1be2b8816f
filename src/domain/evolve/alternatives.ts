import { choiceState, stepsOfChoice } from '../alternatives.ts'
import type { CutoverEvent, Recorded } from '../events.ts'
import { REHEARSAL } from '../lookup.ts'
import type { PersonId, Plan } from '../plan.ts'
import type { ChoiceState, CutoverState } from '../state.ts'
import { changeStep, without } from './patch.ts'

type Opened = Recorded<Extract<CutoverEvent, { type: 'cutover opened' }>>

/** What is chosen when it opens. Where nobody is there to choose, the first option is as good as any. */
export function openedChoices(plan: Plan, event: Opened): CutoverState['choices'] {
  const { opener } = event.data
  return Object.fromEntries(
    Object.values(plan.choices).map(({ id, preset, options }) => {
      const option = preset ?? firstWithoutPeople(opener, options)
      return [id, option === undefined ? { revision: 0 } : chosenAt(event, option)]
    }),
  )
}

const firstWithoutPeople = (opener: PersonId, options: readonly { readonly id: string }[]) =>
  opener === REHEARSAL ? options[0]?.id : undefined

const chosenAt = ({ actor, at }: Recorded, option: string): ChoiceState => ({
  revision: 0,
  option,
  by: actor,
  at,
})

/** Every step of the choice is judged anew: those of the option taken wait for their turn, the others do not apply. */
export function optionChosen(
  state: CutoverState,
  event: Recorded<Extract<CutoverEvent, { type: 'option chosen' }>>,
): CutoverState {
  const { choice, option, reason } = event.data
  const chosen: ChoiceState = {
    ...chosenAt(event, option),
    revision: choiceState(state, choice).revision + 1,
    changed: { event: event.type, by: event.actor, at: event.at },
    ...(reason !== undefined && { reason }),
  }
  const open = stepsOfChoice(state, choice).filter((id) => isOpenAgain(state, id))
  return open.reduce<CutoverState>(
    (next, id) =>
      changeStep(next, id, event, (step) => ({
        ...without(step, 'dueAt', 'lateMs', 'reason', 'finishedAt', 'asked'),
        status: 'pending',
      })),
    { ...state, choices: { ...state.choices, [choice]: chosen } },
  )
}

/** Somebody may have skipped a step before it was known whether it applies; that stands. */
function isOpenAgain(state: CutoverState, id: string): boolean {
  const status = state.steps[id]?.status
  return status === 'not applicable' || status === 'due'
}
