import { planChoice, startedStep } from './alternatives.ts'
import type { Refusal } from './commands.ts'
import { planStep } from './lookup.ts'
import { inStatus } from './may.ts'
import { holds, isLead, leadOf } from './people.ts'
import { CHOICE_RULE } from './permissions.ts'
import type { PersonId } from './plan.ts'
import { refusal } from './refusals.ts'
import type { CutoverState } from './state.ts'

/** Null when a choice may be made now, or made anew; or why not. Without a person: whether anybody might. */
export function mayChoose(state: CutoverState, id: string, person: PersonId | undefined): Refusal | null {
  return (
    inStatus(state, 'choose', CHOICE_RULE.statuses) ??
    takenUp(state, id) ??
    (person === undefined ? null : isChooser(state, id, person))
  )
}

function takenUp(state: CutoverState, id: string): Refusal | null {
  const started = startedStep(state, id)
  if (started === undefined) return null
  const { title, branch } = planStep(state, started)
  return refusal('option taken up', {
    question: planChoice(state, id).question,
    option: branch?.option ?? '',
    title,
  })
}

function isChooser(state: CutoverState, id: string, person: PersonId): Refusal | null {
  const { question, by } = planChoice(state, id)
  if (isLead(state, person) || (by !== undefined && holds(state, person, by))) return null
  const lead = leadOf(state)
  return refusal('not chooser', {
    question,
    ...(by !== undefined && { role: by }),
    ...(lead !== undefined && { lead }),
  })
}
