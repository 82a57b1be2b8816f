import type { PersonCommand } from '../domain/commands.ts'
import { handleCommand, type Envelope, type Outcome } from './handle-command.ts'
import type { CutoverLog, Logins } from './ports.ts'

/** A login that two people vouched for ends after this, and not after two weeks. */
const VOUCHED_DAYS = 1

/** What a person asks of a cutover. A login that two holders vouch for is confirmed with the second word. */
export async function actFor(
  { log, logins }: { readonly log: CutoverLog; readonly logins: Pick<Logins, 'isWaiting' | 'confirm'> },
  cutover: string,
  command: PersonCommand,
  envelope: Envelope,
): Promise<Outcome> {
  if (command.type !== 'vouch') return handleCommand(log, cutover, command, envelope)
  const { code, person } = command
  if (!(await logins.isWaiting(code, person))) return noSuchLogin()
  const outcome = await handleCommand(log, cutover, command, envelope)
  // Also when it was recorded before: whoever did may have died in between.
  if (outcome.ok && outcome.state.vouches[code]?.second !== undefined)
    await logins.confirm(code, person, VOUCHED_DAYS)
  return outcome
}

function noSuchLogin(): Outcome {
  const message =
    'There is no such login waiting: the code is wrong, was used, or is older than ten minutes. Let them run `cutover login` again. Nothing was recorded.'
  return { ok: false, refusal: { code: 'no such login', message } }
}
