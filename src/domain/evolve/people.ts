import type { PeopleEvent, Recorded } from '../events.ts'
import type { CutoverState } from '../state.ts'
import { askAnew } from '../team/evolve.ts'
import { changeCutover } from './patch.ts'

type Of<Type extends PeopleEvent['type']> = Recorded<Extract<PeopleEvent, { type: Type }>>

export function people(state: CutoverState, event: Recorded<PeopleEvent>): CutoverState {
  switch (event.type) {
    case 'role assigned':
      return roleAssigned(state, event)
    case 'handover asked': {
      const { role, person, reason } = event.data
      const handovers = { ...state.handovers, [role]: { person, by: event.actor, reason } }
      return changeCutover(state, event, { handovers })
    }
    case 'vouch asked': {
      const { code, person } = event.data
      return { ...state, vouches: { ...state.vouches, [code]: { person, by: event.actor, at: event.at } } }
    }
    case 'login vouched': {
      const { code, person } = event.data
      const first = state.vouches[code] ?? { by: event.actor, at: event.at }
      return { ...state, vouches: { ...state.vouches, [code]: { ...first, person, second: event.actor } } }
    }
    case 'note added': {
      const { text, link } = event.data
      const note = { at: event.at, by: event.actor, text, ...(link !== undefined && { link }) }
      return { ...state, notes: [...state.notes, note] }
    }
    case 'rehearsal recorded': {
      const others = state.rehearsals.filter((one) => one.cutover !== event.data.cutover)
      return { ...state, rehearsals: [...others, event.data] }
    }
  }
}

function roleAssigned(state: CutoverState, event: Of<'role assigned'>): CutoverState {
  const { role, holder } = event.data
  const asked = Object.entries(state.handovers).filter(([other]) => other !== role)
  const assigned = changeCutover(state, event, {
    holders: { ...state.holders, [role]: holder },
    handovers: Object.fromEntries(asked),
  })
  return askAnew(assigned, role)
}
