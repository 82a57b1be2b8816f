import type { Decision, Refusal } from './commands.ts'
import type { Actor, EventType } from './events.ts'
import type { Instant, PersonId } from './plan.ts'
import type { Status } from './state.ts'

/** A person as messages name one; the bot turns it into a mention, the CLI into a name. */
export const mention = (person: PersonId): string => `<@${person}>`

export function nameOf(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return mention(actor.person)
    case 'rehearsal':
      return 'the rehearsal'
    case 'cutover':
      return 'Cutover'
    case 'worker':
      return `worker ${actor.worker}`
  }
}

const clock = (at: Instant): string => `${new Date(at).toISOString().slice(11, 16)} UTC`
const list = (words: readonly string[]): string => words.join(', ')
const quoted = (title: string): string => `“${title}”`

/**
 * Every way to say no, with the words for it: what, why, and what to do. A refusal changes nothing; where that
 * could be doubted, the message says so.
 */
const REFUSALS = {
  // The cutover as a whole
  'no cutover': () => 'There is no such cutover. Look at the list of those in progress and name one of them.',
  'already open': () => 'This cutover is open already.',
  'wrong actor': (d: { command: string; actor: string }) =>
    `“${d.command}” does not belong to ${d.actor}. Nothing has changed.`,
  'rehearsal actor': () =>
    'The rehearsal actor answers for nobody in a live cutover. A person must do this, in Slack or by the CLI.',
  'wrong state': (d: { action: string; status: Status; allowed: readonly Status[] }) =>
    `The cutover is ${d.status}; “${d.action}” is possible while it is ${list(d.allowed)}. Nothing has changed.`,
  held: (d: { by: string; reason: string }) =>
    `The cutover is held by ${d.by}: ${d.reason}. Nothing new starts until it is resumed.`,
  'already held': (d: { by: string; reason: string; at: Instant }) =>
    `Already held by ${d.by} since ${clock(d.at)}: ${d.reason}.`,
  'not held': () => 'The cutover is not held, so there is nothing to resume.',
  stale: (d: { what: EventType; by: string; at: Instant }) =>
    `This changed meanwhile: ${d.what} by ${d.by} at ${clock(d.at)}. Look at the current message and press again if it still applies.`,
  'reason missing': (d: { action: string }) => `Say why: “${d.action}” needs a reason.`,
  'text not usable': (d: { what: string; why: string }) => `The ${d.what} cannot be recorded: ${d.why}.`,
  'time in the past': (d: { what: string; at: Instant }) =>
    `The ${d.what} (${clock(d.at)}) lies in the past. Give a time that is still to come.`,

  // People
  'not known': (d: { person: PersonId }) =>
    `${mention(d.person)} has no part in this cutover: neither holder, nor eligible for a role, nor its opener.`,
  'not holder': (d: { action: string }) =>
    `“${d.action}” is for people who hold a role in this cutover. The lead can assign you one.`,
  'not owner': (d: { action: string; title: string; role: string; holder?: PersonId }) =>
    `${quoted(d.title)} belongs to ${d.role}${d.holder === undefined ? ', which nobody holds' : ` (${mention(d.holder)})`}; “${d.action}” is theirs.`,
  'not lead': (d: { action: string; lead?: PersonId }) =>
    `“${d.action}” is for the lead${d.lead === undefined ? '' : ` (${mention(d.lead)})`}.`,
  'not approver': (d: { roles: readonly string[] }) =>
    `Asked for here: ${list(d.roles)}. You hold none of them.`,
  'votes next round': (d: { role: string }) =>
    `You took ${d.role} after this round had opened; your GO counts from the next round, which the lead can open.`,
  'not confirmer': (d: { role: string }) => `This is confirmed by ${d.role}.`,
  'not backup': (d: { role: string; backup?: PersonId }) =>
    d.backup === undefined
      ? `${d.role} has no stand-in. The lead can assign the role.`
      : `The stand-in for ${d.role} is ${mention(d.backup)}.`,
  'not an opener': (d: { person: PersonId }) =>
    `${mention(d.person)} may not open this runbook; its openers are named in the runbook.`,
  'role unknown': (d: { role: string; known: readonly string[] }) =>
    `There is no role “${d.role}” in this runbook. Its roles: ${list(d.known)}.`,
  'not eligible': (d: { person: PersonId; role: string }) =>
    `${mention(d.person)} is not eligible for ${d.role}. Who is, was fixed from the runbook when the cutover opened.`,
  'backup missing': (d: { role: string }) =>
    `Whoever holds ${d.role} names a stand-in. Name one who is eligible.`,
  'backup is holder': (d: { role: string }) =>
    `The stand-in for ${d.role} must be somebody else than its holder.`,
  'vouch for oneself': () =>
    'Nobody vouches for themselves: two others who hold a role here must say who you are.',
  'vouched otherwise': (d: { by: PersonId; person: PersonId; other: PersonId }) =>
    `${mention(d.by)} has said that this terminal is ${mention(d.person)}, and you say that it is ${mention(d.other)}. Find out which; nothing has changed.`,
  'already holds': (d: { person: PersonId; role: string }) => `${mention(d.person)} holds ${d.role} already.`,
  'gate not carried': (d: { gate: string; needs: string; why: string }) =>
    `With these holders nobody could decide ${quoted(d.gate)} (${d.needs}): ${d.why}. Choose holders who can; nothing has changed.`,
  'plan incomplete': (d: { why: string }) => `This plan cannot be carried out: ${d.why}.`,

  // Steps
  'step unknown': (d: { step: string }) =>
    `There is no step “${d.step}” in this cutover. Its steps are on the phase cards and in \`status\`.`,
  'not for this step': (d: { action: string; title: string; kind: string }) =>
    `${quoted(d.title)} is a ${d.kind}; “${d.action}” does not apply to it.`,
  'step not ready': (d: { action: string; title: string; status: string }) =>
    `${quoted(d.title)} is ${d.status}; “${d.action}” is not possible now.`,
  'attempt live': (d: { title: string; attempt: string }) =>
    `${quoted(d.title)} is still at work (attempt ${d.attempt}). Cancel it first, or wait.`,
  'nothing runs': (d: { title: string }) => `Nothing of ${quoted(d.title)} is running.`,
  'cancelled already': (d: { title: string; by: string }) =>
    `${d.by} has already asked ${quoted(d.title)} to stop; it is being stopped.`,
  'item unknown': (d: { item: string; known: readonly string[] }) =>
    `There is no item “${d.item}” here. Items: ${list(d.known)}.`,
  'items open': (d: { title: string; open: readonly string[] }) =>
    `${quoted(d.title)} has items that nobody has answered yet: ${list(d.open)}.`,
  'item answered': (d: { item: string; by: string }) => `${d.by} has already answered “${d.item}”.`,
  'not ticked': (d: { title: string }) =>
    `${quoted(d.title)} is not ticked, so there is nothing to take back.`,
  'field unknown': (d: { field: string; known: readonly string[] }) =>
    d.known.length === 0
      ? 'This step takes no fields.'
      : `There is no field “${d.field}”. Fields: ${list(d.known)}.`,
  'field missing': (d: { field: string }) => `Fill in “${d.field}”; the step is not ticked without it.`,
  'field invalid': (d: { field: string; wants: string }) => `“${d.field}” must be ${d.wants}.`,
  'something follows': (d: { title: string; follower: string }) =>
    `${quoted(d.follower)} needs ${quoted(d.title)} and has started. It cannot be taken back; add a note or an issue.`,
  'no draft': (d: { title: string }) =>
    `${quoted(d.title)} has no draft that waits for approval now. It is shown in the channel and in \`status\` as soon as it has one.`,
  'approved already': (d: { title: string; by: string }) =>
    `${d.by} has approved ${quoted(d.title)} already.`,
  'wants approval': (d: { title: string; role: string }) =>
    `${quoted(d.title)} goes out when ${d.role} has approved its text. Nothing was sent.`,
  'second person needed': (d: { action: string }) =>
    `You asked for “${d.action}”; a second person must ask for the same.`,

  // Choices
  'choice unknown': (d: { choice: string; known: readonly string[] }) =>
    d.known.length === 0
      ? `There is no choice “${d.choice}”: this runbook has none.`
      : `There is no choice “${d.choice}” in this cutover. Choices: ${list(d.known)}.`,
  'option unknown': (d: { option: string; known: readonly string[] }) =>
    d.known.length === 0
      ? `There is no option “${d.option}”: this runbook names none.`
      : `There is no option “${d.option}” here. Options: ${list(d.known)}.`,
  'option taken up': (d: { question: string; option: string; title: string }) =>
    `${quoted(d.question)} is settled as “${d.option}”: ${quoted(d.title)} of it has started. It cannot be chosen anew.`,
  'choice missing': (d: { question: string; choice: string; options: readonly string[] }) =>
    `${quoted(d.question)} is chosen at the start: say which (${d.choice}: ${list(d.options)}). Nothing was opened.`,
  'left open before': (d: { cutover: string; outcome: string; attempt: number; left: readonly string[] }) =>
    `This is attempt ${d.attempt}: ${d.cutover} was ${d.outcome}, and of it is still open: ${list(d.left)}. Close that first, or say why it is tried again all the same. Nothing was opened.`,
  'not chooser': (d: { question: string; role?: string; lead?: PersonId }) =>
    `${quoted(d.question)} is chosen by ${d.role === undefined ? 'the lead' : `${d.role} or the lead`}${d.lead === undefined ? '' : ` (${mention(d.lead)})`}.`,

  // Gates
  'gate unknown': (d: { gate: string }) => `There is no decision “${d.gate}” in this cutover.`,
  'gate not open': (d: { title: string; decided?: string }) =>
    d.decided === undefined
      ? `${quoted(d.title)} is not open. To stop everything now, use \`hold\`.`
      : `${quoted(d.title)} is decided: ${d.decided}. To stop everything now, use \`hold\`.`,
  'already voted': (d: { title: string }) => `Your GO on ${quoted(d.title)} is recorded and stands.`,
  'criteria not met': (d: { open: readonly string[] }) =>
    `GO needs every criterion met or overridden. Still open: ${list(d.open)}. Your vote was not recorded.`,
  'criterion unknown': (d: { criterion: string }) =>
    `There is no criterion “${d.criterion}” on this decision.`,
  'criterion not confirmable': (d: { criterion: string }) =>
    `“${d.criterion}” is not for people to confirm; it follows from its step.`,
  'already confirmed': (d: { by: string }) => `${d.by} has already confirmed this.`,
  'not confirmed': () => 'Nobody has confirmed this, so there is nothing to take back.',
  'criterion met': (d: { criterion: string }) => `“${d.criterion}” is met; there is nothing to override.`,

  // Stopping and turning back
  'name wrong': (d: { expected: string }) =>
    `Type the name exactly as it is: ${d.expected}. Nothing has changed.`,
  'option missing': (d: { options: readonly string[] }) =>
    `There are several ways back; say which one: ${d.options.join('; ')}. Nothing has changed.`,
  'option not possible': (d: { title: string; missing: readonly string[] }) =>
    `“${d.title}” cannot be carried out: it needs ${list(d.missing.map(quoted))}, which ${d.missing.length === 1 ? 'was' : 'were'} not done. Choose another way back.`,
  'option tried': (d: { title: string }) =>
    `“${d.title}” was tried already. Go on with the step that it stopped at, or choose another way back.`,
  'no other way back': () =>
    'There is no other way back that was not tried yet. Retry, skip or mark the step that the rollback stopped at.',
  'trigger unknown': (d: { trigger: string }) => `There is no trigger “${d.trigger}” in this runbook.`,
  'running attempts': (d: { titles: readonly string[] }) =>
    `Still running: ${list(d.titles.map(quoted))}. Say whether to wait for it or to cancel it.`,
  'undeclared attempts': (d: { titles: readonly string[] }) =>
    `Nobody can see how ${list(d.titles.map(quoted))} stands. Declare first whether it succeeded or failed.`,
  'rollback asked': (d: { needs: string }) =>
    `Your part is recorded. Rolling back needs ${d.needs}; another of them must ask for it too.`,
  'not in force': () =>
    'Nothing has been changed yet, so there is nothing to roll back. Postpone or abandon instead.',
  'still in force': (d: { titles: readonly string[] }) =>
    `Still in force: ${list(d.titles.map(quoted))}. Roll back first.`,
  'attempts live': (d: { titles: readonly string[] }) =>
    `Still at work: ${list(d.titles.map(quoted))}. Cancel or wait, then abandon.`,
  'states open': (d: { states: readonly string[] }) =>
    `Still open: ${list(d.states)}. Close each, or leave it with an owner and a reason.`,
  'state not open': (d: { state: string }) => `“${d.state}” is not open, so it cannot be left open.`,
  'already postponed': () => 'The cutover is postponed. Give a new time to schedule it again.',
  'issue unknown': (d: { issue: string }) =>
    d.issue === '' ? 'No issue is open.' : `There is no open issue “${d.issue}”.`,

  // People under way
  'nothing to take on': (d: { subject: string }) =>
    `Nobody is called for ${d.subject}: it is settled, or somebody has it already.`,
  'not asked': (d: { role: string; known: readonly string[] }) =>
    d.known.length === 0
      ? 'No decision of this cutover asks whether somebody is there.'
      : `Nobody is asked that${d.role === '' ? '' : ` of ${d.role}`}. Asked for: ${list(d.known)}.`,
  'asked later': (d: { role: string }) =>
    `${d.role} is asked for this when the time of its decision has come; nothing was recorded.`,
  'checkpoint not failed': (d: { phase: string; failed: readonly string[] }) =>
    d.failed.length === 0
      ? 'No checkpoint waits for a decision.'
      : `The checkpoint of “${d.phase}” does not wait for a decision. Those that do: ${list(d.failed)}.`,
  'follow-up unknown': (d: { followUp: string; open: readonly string[] }) =>
    d.open.length === 0
      ? 'No follow-up is open.'
      : `There is no open follow-up “${d.followUp}”. Open: ${list(d.open)}.`,
  'forgotten already': (d: { at: Instant }) => `Contacts and output were deleted at ${clock(d.at)} already.`,
  'not frozen': () =>
    'No freeze is on or to come in this cutover, so nobody needs to allow a change. Add a note instead.',
  'not who allows changes': (d: { role: string; person?: PersonId }) =>
    `A change during the freeze is allowed by ${d.role}${d.person === undefined ? ', which nobody holds' : ` (${mention(d.person)})`}. Ask them to say so; nothing was recorded.`,
  'debrief over': (d: { until: Instant }) =>
    `The debrief was open until ${clock(d.until)}, 48 hours after the end. Add a note or a follow-up instead.`,

  // Pools
  'pool not ready': (d: { pool: string; why: string }) =>
    `Nothing starts on the pool ${d.pool}: ${d.why}. Mend the runbooks on its host; it looks again by itself.`,
  'no such pool': (d: { pool: string; known: readonly string[] }) =>
    `${d.pool} has no work in this cutover, or is not the pool that says so. Its pools: ${list(d.known)}.`,

  // Attempts, as workers hear it
  'attempt unknown': (d: { attempt: string }) => `There is no attempt ${d.attempt}.`,
  'wrong pool': (d: { attempt: string; pool: string }) => `Attempt ${d.attempt} belongs to pool ${d.pool}.`,
  'wrong worker': (d: { attempt: string; worker: string }) =>
    `Attempt ${d.attempt} was claimed by worker ${d.worker}.`,
  'attempt over': (d: { attempt: string; status: string }) =>
    `Attempt ${d.attempt} is ${d.status}; nothing more is recorded about it.`,
  'attempt not there yet': (d: { attempt: string; status: string; needs: string }) =>
    `Attempt ${d.attempt} is ${d.status}; it must be ${d.needs} first.`,
  'attempt stopped': (d: { attempt: string; why: string }) =>
    `Attempt ${d.attempt} must not start: ${d.why}.`,
  'verdict missing': (d: { attempt: string }) =>
    `Attempt ${d.attempt} is a check that ended without a verdict; green or red must be said.`,
  'no blocker': (d: { title: string }) =>
    `“${d.title}” waits for nobody's lock now, so there is nobody to ask. Nothing was changed.`,
  'blocker changed': (d: { pid: number; now: string }) =>
    `It is not pid ${d.pid} any more that holds the lock, but ${d.now}. Nothing was changed; look again and decide.`,
  'blocker not known': (d: { pid: number }) =>
    `Which session pid ${d.pid} is cannot be seen by the user of this target, so it is not touched. Let a DBA end it, or grant that user pg_read_all_stats and pg_signal_backend.`,
  'unblock under way': (d: { by: string }) => `${d.by} asked for it a moment ago; wait for what comes of it.`,
  'unblock not wanted': (d: { attempt: string; why: string }) =>
    `The blocker of ${d.attempt} is not touched: ${d.why}.`,
  'not a watch': (d: { attempt: string }) => `Attempt ${d.attempt} is no watch, so it cannot breach.`,
} satisfies { readonly [code: string]: (data: never) => string }

type Catalogue = typeof REFUSALS
export type RefusalCode = keyof Catalogue
type DataOf<Code extends RefusalCode> = Parameters<Catalogue[Code]> extends [infer Data] ? [data: Data] : []

/** @internal So that a test finds one that is never said. */
export const REFUSAL_CODES = Object.keys(REFUSALS) as readonly RefusalCode[]

export function refusal<Code extends RefusalCode>(code: Code, ...data: DataOf<Code>): Refusal {
  // The catalogue pairs each code with the data of its message; the compiler cannot follow that through a lookup.
  const message = REFUSALS[code] as (...data: DataOf<Code>) => string
  return { code, message: message(...data) }
}

export function refuse<Code extends RefusalCode>(code: Code, ...data: DataOf<Code>): Decision {
  return { ok: false, refusal: refusal(code, ...data) }
}
