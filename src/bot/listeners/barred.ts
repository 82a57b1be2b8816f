import type { Directory, Person } from '../../app/ports.ts'
import type { OwnTeam } from '../slack/own-team.ts'
import type { Request } from './attend.ts'

const WHY: { readonly [barred in NonNullable<Person['barred']>]: string } = {
  guest: 'Guests of this workspace may not act in Cutover.',
  bot: 'Bots may not act in Cutover.',
  stranger: 'People of other workspaces may not act in Cutover, also not in a shared channel.',
  deactivated: 'This account is deactivated.',
}

/** Why the person of a request may do nothing here, or null. Identity comes from the signed payload only. */
export function barredBy({ directory, team }: { readonly directory: Directory; readonly team: OwnTeam }) {
  return async ({ person, teams }: Request): Promise<string | null> => {
    for (const one of teams) {
      if (!(await team.isOurs(one))) return `${WHY.stranger} Nothing was recorded.`
    }
    const known = await directory.person(person)
    if (known === null) return 'This workspace does not know you, so nothing was recorded.'
    return known.barred === undefined ? null : `${WHY[known.barred]} Nothing was recorded.`
  }
}
