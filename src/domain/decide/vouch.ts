import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import { personOf } from '../lookup.ts'
import { mayCutover } from '../may.ts'
import type { PersonId } from '../plan.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { accept, badReason, no } from './deciding.ts'
import type { By } from './deciding.ts'

/** As long as a code is good for. */
const VOUCH_MS = 10 * 60_000

/** Two holders say, each by themselves, whose terminal shows a code: somebody whom the plan knows, and neither of them. */
export function vouch(
  state: CutoverState,
  command: Extract<PersonCommand, { type: 'vouch' }>,
  by: By,
): Decision {
  const { code, person, reason } = command
  const refused = mayCutover(state, 'vouch', by.person) ?? badPerson(state, person, by.person)
  if (refused !== null) return no(refused)
  const before = state.vouches[code]
  const asked = before !== undefined && by.at - before.at < VOUCH_MS ? before : undefined
  if (asked === undefined) {
    const bad = badReason('vouch', reason)
    return bad === null ? accept({ type: 'vouch asked', data: { code, person, reason } }) : no(bad)
  }
  const first = personOf(asked.by)
  if (asked.person !== person)
    return no(refusal('vouched otherwise', { by: first ?? '', person: asked.person, other: person }))
  if (asked.second !== undefined) return accept()
  if (first === null || first === by.person) return no(refusal('second person needed', { action: 'vouch' }))
  const bad = badReason('vouch', reason)
  return bad === null
    ? accept({ type: 'login vouched', data: { code, person, reason, second: first } })
    : no(bad)
}

function badPerson(state: CutoverState, person: PersonId, by: PersonId): Refusal | null {
  if (person === by) return refusal('vouch for oneself')
  const known = Object.values(state.plan.roles).some(({ eligible }) => eligible.includes(person))
  return known ? null : refusal('not known', { person })
}
