import type { WebClient } from '@slack/web-api'
import type { Runbooks } from '../../app/open-cutover.ts'
import type { Contacts, CutoverLog, Directory, Logger, Logins } from '../../app/ports.ts'
import { actFor } from '../../app/act-for.ts'
import type { Outcome } from '../../app/handle-command.ts'
import type { PersonCommand } from '../../domain/commands.ts'
import type { Attending, Request } from './attend.ts'
import type { Channels } from './where.ts'

/** What every listener works with. */
export interface Desk extends Attending {
  readonly directory: Directory
  readonly runbooks: Runbooks
  readonly logins: Logins
  readonly contacts: Contacts
  readonly channels: Channels
  readonly logger: Logger
  /** For modals and answers; what is shown in channels has a client of its own. */
  readonly client: WebClient
  /** The cutover changed, or somebody saw it as it is no longer: show it anew at once, first what it is `about`. */
  readonly show: (cutover: string, about?: string) => void
}

export interface Act {
  readonly cutover: string
  readonly command: PersonCommand
  /** The same key counts once. */
  readonly key: string
  /** Of what the person saw; absent where no button was pressed. */
  readonly revision?: number
  /** The step or gate that was pressed. */
  readonly about?: string
}

/** A person's word, by the one write path. Shows the cutover anew, also after a refusal: what was pressed may be old. */
export async function act(desk: Desk, log: CutoverLog, { person }: Request, given: Act): Promise<Outcome> {
  const { cutover, command, key, revision } = given
  const outcome = await actFor({ log, logins: desk.logins }, cutover, command, {
    actor: { kind: 'person', person, via: 'slack' },
    key: `slack/${cutover}/${person}/${key}`,
    ...(revision === undefined ? {} : { revision }),
  })
  desk.show(cutover, given.about)
  return outcome
}
