import type { Plan } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { reportsPerHour } from '../../domain/team/afterwards.ts'
import type { AckSays } from '../../domain/team/state.ts'
import { clock, count, moment, person, value } from './words.ts'

/** What a criterion that waits for somebody's word is called. */
export function ackTitle(
  { plan }: CutoverState,
  { role, says }: { readonly role: string; readonly says: AckSays },
): string {
  const title = plan.roles[role]?.title ?? role
  return says === 'available' ? `${title} is available on the day` : `${title} is present`
}

export const followUpTitle = (plan: Plan, id: string): string =>
  plan.followUps.find((one) => one.id === id)?.title ?? id

/** A role is its holder; a person is mentioned; anything else is what was written. */
export function ownerText(state: CutoverState, owner: string): string {
  const role = state.plan.roles[owner]
  if (role !== undefined) {
    const holder = state.holders[owner]
    return holder === undefined ? value(role.title, 60) : person(holder.person)
  }
  return /^[UW][A-Z0-9]+$/.test(owner) ? person(owner) : value(owner, 80)
}

export function onCallText(state: CutoverState): string {
  const { shift, status } = state
  if (shift === undefined || status !== 'guarded') return ''
  const holder = state.holders[shift.role]
  const who = holder === undefined ? '*nobody*' : person(holder.person)
  return `${who} until ${moment(shift.until)}`
}

/** How many users reported something: in the last hour that has a report, and in all. */
export function reportsText(state: CutoverState): string {
  const hours = reportsPerHour(state)
  const last = hours.at(-1)
  if (last === undefined) return ''
  const all = hours.reduce((sum, hour) => sum + hour.count, 0)
  return `${count(all, 'user report')}, ${last.count} in the hour from ${clock(last.from)}`
}
