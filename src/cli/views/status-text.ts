import { dueChoices, planChoice } from '../../domain/alternatives.ts'
import { stepChoices } from '../../domain/choices.ts'
import { forecast } from '../../domain/forecast.ts'
import { isOver, openQuestion, openStates } from '../../domain/lookup.ts'
import { isFrozen } from '../../domain/freeze.ts'
import { outageNow } from '../../domain/outages.ts'
import { promisedEnd } from '../../domain/promised.ts'
import { poolNews } from '../../domain/pools.ts'
import { bufferEnd, windowEnd } from '../../domain/rollback-plan.ts'
import type { PersonId, Plan } from '../../domain/plan.ts'
import { unansweredAcks } from '../../domain/team/acks.ts'
import { failedCheckpoints } from '../../domain/team/checkpoints.ts'
import { subjectTitle } from '../../domain/team/escalation.ts'
import { dueOf, openFollowUps } from '../../domain/team/follow-ups.ts'
import type { Severity } from '../../domain/team/state.ts'
import type { CutoverState, StepState } from '../../domain/state.ts'
import { clockText, durationText } from '../../templates/format.ts'
import { noticeLines } from './notice-lines.ts'

const SIGNS: Readonly<Record<string, string>> = {
  pending: '\u00b7',
  due: '\u203a',
  active: '\u25b6',
  done: '\u2713',
  failed: '\u2717',
  unknown: '?',
  skipped: '\u2013',
  overridden: '!',
  'not applicable': ' ',
}

interface StatusShown {
  readonly state: CutoverState
  readonly now: number
  /** Holders who have no login of the command line. */
  readonly withoutLogin: readonly PersonId[]
  /** What comes after this was written by a newer version than that `serve`, and why it cannot be changed there. */
  readonly readOnly?: string
}

/** Where a cutover is, for a terminal: the board in words, then every step, then what waits for whom. */
export function statusText(
  { state, now, withoutLogin, readOnly }: StatusShown,
  nameOf: (person: PersonId) => string,
): string {
  const { plan } = state
  const zone = plan.window.zone
  const { done, windowEndsAt, pointOfNoReturn } = forecast(state, now)
  const at = (instant: number): string => clockText(instant, zone)
  const open = openStates(state)
  return [
    `${plan.title} \u00b7 ${plan.environment} \u00b7 ${plan.live ? 'LIVE' : 'rehearsal'} \u00b7 ${state.id}`,
    ...(readOnly === undefined ? [] : [`Read only  what follows is older than the record. ${readOnly}`]),
    `State      ${state.status.toUpperCase()}${heldText(state)}`,
    `Window     ${at(state.plannedStart)}\u2013${at(windowEndsAt)} (${zone})${promisedText(state, at)}`,
    `Forecast   done ${at(done.low)}\u2013${at(done.high)}, turn back by ${at(pointOfNoReturn)}`,
    ...slackLine(state, at),
    ...(isFrozen(state, now) ? [`Freeze     nothing else may change, until this is done`] : []),
    ...changeLines(state, nameOf, at),
    ...poolNews(state, now).map((news) => `Hosts      ${news}`),
    ...(open.length > 0 ? [`Open       ${open.join(', ')}`] : []),
    '',
    ...plan.phases.flatMap((phase) => [phase.title, ...phase.steps.map((id) => stepLine(state, id))]),
    ...rollbackLines(state),
    ...issueLines(state),
    ...teamLines(state, nameOf),
    ...noticeLines(state),
    ...waitingLines(state, now, nameOf),
    ...loginLines(state, withoutLogin.map(nameOf)),
  ].join('\n')
}

/** What was changed during the freeze all the same. */
const changeLines = (
  { changes }: CutoverState,
  nameOf: (person: PersonId) => string,
  at: (instant: number) => string,
): readonly string[] =>
  changes.map(({ at: when, by, text, reason }) => {
    const who = by.kind === 'person' ? nameOf(by.person) : by.kind
    return `Changed    ${text}, allowed by @${who} ${at(when)}: ${reason}`
  })

function slackLine(state: CutoverState, at: (instant: number) => string): readonly string[] {
  const outage = outageNow(state)
  if (outage === undefined) return []
  const what = outage.how === 'deaf' ? 'nothing pressed there arrives' : 'nothing is shown there'
  return [`Slack      away since ${at(outage.since)}: ${outage.why}; ${what}`]
}

function promisedText(state: CutoverState, at: (instant: number) => string): string {
  const promised = promisedEnd(state)
  const kept = bufferEnd(state)
  const end = windowEnd(state)
  return `${promised === end ? '' : `, promised by ${at(promised)}`}${kept === end ? '' : `, kept free until ${at(kept)}`}`
}

function stepLine(state: CutoverState, id: string): string {
  const title = (state.plan.steps[id]?.title ?? id).padEnd(52)
  const own = state.steps[id]
  if (!own) return `    ${title} ${id}`
  return `  ${SIGNS[own.status] ?? ' '} ${title} ${id.padEnd(20)} ${own.status}${took(own)}${said(state, own)}`.trimEnd()
}

function took({ startedAt, finishedAt }: StepState): string {
  return startedAt === undefined || finishedAt === undefined
    ? ''
    : `, ${durationText(finishedAt - startedAt)}`
}

function said(state: CutoverState, own: StepState): string {
  const last = state.attempts[own.attempts.at(-1) ?? '']
  const question = last && openQuestion(last)
  const asks = question && `waits for input: \u201c${question.prompt}\u201d`
  const text = asks ?? (last ? (last.summary ?? last.why) : own.reason)
  return text === undefined ? '' : ` \u2013 ${text}`
}

function rollbackLines(state: CutoverState): readonly string[] {
  if (!state.rollback) return []
  return ['Rollback', ...state.rollback.order.map((id) => stepLine(state, id))]
}

function heldText({ held }: CutoverState): string {
  if (!held) return ''
  return held.reason ? `, HELD: ${held.reason}` : ', HELD'
}

function issueLines({ issues }: CutoverState): readonly string[] {
  const open = issues.filter(({ closedAt }) => closedAt === undefined)
  if (open.length === 0) return []
  return [
    '',
    'Open issues',
    ...open.map(({ id, text, severity }) => `  ${id}: ${text}${isGrave(severity) ? ` (${severity})` : ''}`),
  ]
}

const isGrave = (severity: Severity): boolean => severity === 'high' || severity === 'critical'

/** What people are asked, called for and left with. */
function teamLines(state: CutoverState, nameOf: (person: PersonId) => string): readonly string[] {
  const ownerOf = (owner: string): string => {
    const person = state.plan.roles[owner] === undefined ? owner : state.holders[owner]?.person
    return person === undefined ? owner : /^[UW][A-Z0-9]+$/.test(person) ? nameOf(person) : person
  }
  return [
    ...under(
      'People are called for (`cutover take-on`)',
      Object.entries(state.escalations).flatMap(([subject, { level, taken }]) =>
        taken === undefined ? [`${subject}: ${subjectTitle(state, subject)}, level ${level}`] : [],
      ),
    ),
    ...under(
      'Asked (`cutover ack`)',
      unansweredAcks(state).map(({ ask, ack }) => `${ask.role}: ${nameOf(ack.askedOf)} ${ask.says}?`),
    ),
    ...under(
      'A checkpoint failed (`cutover accept`)',
      failedCheckpoints(state).map((phase) => `${phase}: ${subjectTitle(state, `checkpoint/${phase}`)}`),
    ),
    ...under(
      'Follow-ups (`cutover followup-close`)',
      openFollowUps(state).map(
        (one) => `${one.id}: ${one.title}, ${ownerOf(one.owner)}, due ${day(dueOf(state, one))}`,
      ),
    ),
  ]
}

const under = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** Only who has logged in before can act from here when Slack goes away. */
function loginLines({ status }: CutoverState, names: readonly string[]): readonly string[] {
  if (names.length === 0 || isOver(status)) return []
  const who = names.map((name) => `@${name}`).join(', ')
  return [
    '',
    `Without a login of the command line, should Slack go away: ${who}. \`cutover login\` makes one.`,
  ]
}

function waitingLines(
  state: CutoverState,
  now: number,
  nameOf: (person: PersonId) => string,
): readonly string[] {
  const waiting = Object.values(state.plan.steps).filter((step) => {
    const status = state.steps[step.id]?.status
    return (
      (status === 'due' || status === 'failed' || status === 'unknown') &&
      stepChoices(state, step.id).length > 0
    )
  })
  const choices = dueChoices(state, now).map((id) => planChoice(state, id))
  if (waiting.length + choices.length === 0) return ['', 'Nobody is waited for.']
  return [
    '',
    'Waiting for',
    ...choices.map(
      ({ id, by, question, options }) =>
        `  ${by ?? 'lead'}: ${question} (choose ${id} ${options.map((one) => one.id).join('|')})`,
    ),
    ...waiting.map((step) => `  ${ownerName(state, step, nameOf)}: ${step.title} (${step.id})`),
  ]
}

function ownerName(
  state: CutoverState,
  step: Plan['steps'][string],
  nameOf: (person: PersonId) => string,
): string {
  const holder = step.by === undefined ? undefined : state.holders[step.by]
  return holder ? `@${nameOf(holder.person)}` : 'any holder'
}
