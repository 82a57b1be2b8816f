import type { Person } from './ports.ts'

const WHY: { readonly [barred in NonNullable<Person['barred']>]: string } = {
  guest: 'Guests of this workspace may not act in Cutover.',
  bot: 'Bots may not act in Cutover.',
  stranger: 'People of other workspaces may not act in Cutover, also not in a shared channel.',
  deactivated: 'This account is deactivated.',
}

/** Why a person of the directory may do nothing, as told to them; null when they may. */
export function barredText(person: Pick<Person, 'barred'> | null): string | null {
  if (person === null) return 'This workspace does not know you, so nothing was recorded.'
  return person.barred === undefined ? null : `${WHY[person.barred]} Nothing was recorded.`
}
