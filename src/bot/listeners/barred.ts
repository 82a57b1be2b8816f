import { barredText } from '../../app/barred.ts'
import type { Directory } from '../../app/ports.ts'
import type { OwnTeam } from '../slack/own-team.ts'
import type { Request } from './attend.ts'

/** Why the person of a request may do nothing here, or null. Identity comes from the signed payload only. */
export function barredBy({ directory, team }: { readonly directory: Directory; readonly team: OwnTeam }) {
  return async ({ person, teams }: Request): Promise<string | null> => {
    for (const one of teams) {
      if (!(await team.isOurs(one))) return barredText({ barred: 'stranger' })
    }
    return barredText(await directory.person(person))
  }
}
