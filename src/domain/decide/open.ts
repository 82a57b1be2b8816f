import type { Decision, Given, OpenCommand, Refusal } from '../commands.ts'
import { personOf, REHEARSAL } from '../lookup.ts'
import { COMPLETE } from '../plan.ts'
import type { PersonId } from '../plan.ts'
import { refusal, refuse } from '../refusals.ts'
import { notCarried } from './carry.ts'
import { accept, badText, no } from './deciding.ts'
import { badHolder, unknownRole } from './people.ts'

/** Between choosing “now” and deciding it, a minute may pass. */
const NOW_MS = 60_000

export function open(command: OpenCommand, given: Given): Decision {
  const { plan, plannedStart, holders, channelName } = command
  const opener = personOf(given.actor)
  if (opener === null) return refuse('wrong actor', { command: 'open', actor: given.actor.kind })
  const refused =
    badOpener(command, opener) ??
    badHolders(command) ??
    badStart(command, given) ??
    unresolved(command) ??
    notChosen(command, opener)
  if (refused !== null) return no(refused)
  const lost = notCarried(plan, holders, opener, null)
  if (lost !== null) return no(lost)
  const realTime = plan.live || command.realTime === true
  return accept({
    type: 'cutover opened',
    data: { plan, plannedStart, opener, holders, channelName, realTime, ...again(command) },
  })
}

function badOpener({ plan }: OpenCommand, opener: PersonId): Refusal | null {
  if (opener === REHEARSAL) return plan.live ? refusal('rehearsal actor') : null
  return plan.openers.includes(opener) ? null : refusal('not an opener', { person: opener })
}

function badHolders({ plan, holders }: OpenCommand): Refusal | null {
  for (const [role, holder] of Object.entries(holders)) {
    const bad = unknownRole(plan, role) ?? badHolder(plan, role, holder, eligible)
    if (bad !== null) return bad
  }
  return null

  function eligible(person: PersonId, role: string): boolean {
    const isRehearsal = person === REHEARSAL && !plan.live
    return isRehearsal || plan.roles[role]?.eligible.includes(person) === true
  }
}

/** Trying again while something of the last time is open wants a reason. */
function unresolved({ after, reason = '' }: OpenCommand): Refusal | null {
  if (after === undefined || after.left.length === 0 || reason.trim() !== '') return badText('reason', reason)
  return refusal('left open before', {
    cutover: after.cutover,
    outcome: after.outcome,
    attempt: after.attempt + 1,
    left: after.left,
  })
}

const again = ({ after, reason = '' }: OpenCommand) =>
  after === undefined ? {} : { after: { ...after, ...(reason.trim() !== '' && { reason }) } }

/** What is chosen at the start is known before anything can depend on it. */
function notChosen({ plan }: OpenCommand, opener: PersonId): Refusal | null {
  if (opener === REHEARSAL) return null
  const open = Object.values(plan.choices).find(({ by, preset }) => by === undefined && preset === undefined)
  if (open === undefined) return null
  const { id, question, options } = open
  return refusal('choice missing', { question, choice: id, options: options.map((one) => one.id) })
}

function badStart({ plan, plannedStart }: OpenCommand, given: Given): Refusal | null {
  if (plan.steps[COMPLETE]?.kind !== 'decide')
    return refusal('plan incomplete', { why: `it has no gate “${COMPLETE}”` })
  if (plannedStart >= given.at - NOW_MS) return null
  return refusal('time in the past', { what: 'planned start', at: plannedStart })
}
