import { nameOf } from '../refusals.ts'
import type { Criterion, PersonId } from '../plan.ts'
import type { CutoverState, Evidence } from '../state.ts'
import type { AllowedChange } from './state.ts'

/** The criterion that a gate has while changes were allowed that no GO has weighed yet. */
export const CHANGES = 'changes-during-freeze'

/** What was changed although nothing else may change, since a gate was last decided with GO. */
export const changesToWeigh = ({ changes }: CutoverState): readonly AllowedChange[] =>
  changes.filter(({ weighed }) => weighed === undefined)

export const changeCriteria = (state: CutoverState): readonly Criterion[] =>
  changesToWeigh(state).length === 0 ? [] : [{ kind: 'changes', id: CHANGES }]

/** Nothing that a machine could judge: it holds, and stands before everybody who decides. */
export function changesShown(state: CutoverState): Pick<Evidence, 'met' | 'answer' | 'at'> {
  const changes = changesToWeigh(state)
  const said = changes.map(({ text, by }) => `${text}, allowed by ${nameOf(by)}`)
  return { met: true, answer: said.join('; '), at: Math.max(...changes.map(({ at }) => at)) }
}

/** Whose GO went stale by this change: they decide again. */
export function mustVoteAgain(state: CutoverState, change: AllowedChange): readonly PersonId[] {
  const index = state.changes.indexOf(change)
  const before = state.changes[index - 1]?.at ?? 0
  const votes = Object.values(state.gates).flatMap(({ open, round, votes: cast }) =>
    open ? cast.filter((vote) => vote.round === round) : [],
  )
  const stale = votes.filter(
    ({ staleBecause, at }) => staleBecause === CHANGES && at > before && at <= change.at,
  )
  return [...new Set(stale.map(({ person }) => person))]
}

/** GO was said on all of them. */
export const weighed = (state: CutoverState, gate: string): CutoverState => ({
  ...state,
  changes: state.changes.map((one) => (one.weighed === undefined ? { ...one, weighed: gate } : one)),
})
