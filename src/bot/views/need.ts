import { lastEnded } from '../../domain/criteria.ts'
import { lastAttempt, liveAttempt, planStep, stepState } from '../../domain/lookup.ts'
import { waitingText } from './asked.ts'
import { followers } from '../../domain/order.ts'
import type { PersonId } from '../../domain/plan.ts'
import { plannedAt } from '../../domain/time.ts'
import { asksForApproval } from '../../domain/notices.ts'
import { needsTwo } from '../../domain/two-people.ts'
import type { AttemptState, CutoverState, StepState } from '../../domain/state.ts'
import { onCall } from '../../domain/team/shifts.ts'
import { metTriggers } from '../../domain/triggers.ts'
import { durationText } from '../../templates/format.ts'
import { WRITERS } from '../../templates/helpers.ts'
import { actions, context, section, type Content } from '../blocks.ts'
import { blockerLines } from './blocker.ts'
import { openIssueButton, stepButtons } from './buttons.ts'
import { URGENCY } from './turning-back.ts'
import { draftBlocks } from './draft.ts'
import { actor, clock, count, dotted, mentions, owners, value } from './words.ts'

/**
 * What needs a person now: a new message at the end of the channel that mentions who is asked. `n` tells the
 * occasions of one step apart: 0 is its own turn, a number the attempt (or failed tick) that stopped it.
 */
export interface Need {
  readonly step: string
  readonly n: number
}

/** The need that a step has now, if any. */
export function needOf(state: CutoverState, id: string): Need | null {
  const step = planStep(state, id)
  const own = stepState(state, id)
  if (step.kind === 'decide') return null
  const notice = noticeNeed(state, id)
  if (notice !== undefined) return notice
  switch (own.status) {
    case 'due':
      return step.kind === 'check' || step.kind === 'watch' ? null : turn(state, id)
    case 'failed':
    case 'unknown':
      return { step: id, n: stoppedBy(state, id) }
    case 'active':
      return step.kind === 'check' && isRedBefore(state, id) ? { step: id, n: stoppedBy(state, id) } : null
    default:
      return null
  }
}

/**
 * A text that waits for approval asks before its time, too. Of a notice that is called for again and again each one is
 * an occasion of its own: twice its number, one more when it failed.
 */
function noticeNeed(state: CutoverState, id: string): Need | null | undefined {
  const step = planStep(state, id)
  if (step.kind !== 'tell') return undefined
  const own = stepState(state, id)
  if (step.place !== 'notice') return asksForApproval(own) ? { step: id, n: 0 } : undefined
  const n = 2 * (own.called?.n ?? 0)
  if (own.status === 'failed') return { step: id, n: n + 1 }
  return own.status === 'due' && own.draft !== undefined ? { step: id, n } : null
}

/** A run that begins by itself needs nobody, unless it is too late to be taken for granted. */
function turn(state: CutoverState, id: string): Need | null {
  const step = planStep(state, id)
  const own = stepState(state, id)
  const byItself = step.kind === 'run' && (step.begin === 'auto' || step.place !== 'plan')
  if (byItself && own.lateMs === undefined) return null
  return { step: id, n: 0 }
}

/** Looks that stay red are one occasion, however often they are taken: the first of them names it. */
function stoppedBy(state: CutoverState, id: string): number {
  const attempts = stepState(state, id).attempts.map((one) => state.attempts[one])
  if (planStep(state, id).kind !== 'check') return Math.max(1, attempts.length)
  const lastGreen = attempts.findLastIndex((one) => one?.verdict === 'green')
  return lastGreen + 2
}

const isRedBefore = (state: CutoverState, id: string): boolean => lastEnded(state, id)?.verdict === 'red'

export function needMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const own = stepState(state, id)
  const isTurn = own.status === 'due' || asksForApproval(own)
  const asked = askedFor(state, id)
  const lines = isTurn ? turnLines(state, id) : stoppedLines(state, id)
  const head = isTurn ? `*${value(step.title)}*${turnRemark(state, id, own)}` : stoppedHead(state, id, own)
  return {
    text: `${mentions(asked)} ${plainHead(state, id)}`,
    blocks: [
      section(`${mentions(asked)}  ${head}`),
      ...(lines.length === 0 ? [] : [section(lines.join('\n'))]),
      ...draftBlocks(state, id),
      ...consentBlock(state, id),
      ...actions([...stepButtons(state, id), ...(isTurn ? [] : openIssueButton(state, id))]),
      ...linksBlock(state, id),
    ],
  }
}

/** Who owns it or an open item of it; while the cutover is guarded, whoever is on call. */
function askedFor(state: CutoverState, id: string): readonly PersonId[] {
  const duty = onCall(state)
  if (duty !== undefined) return [duty]
  const step = planStep(state, id)
  const open =
    step.kind === 'do' ? step.items.filter((item) => stepState(state, id).items[item.id] === undefined) : []
  const ofItems = open.flatMap(({ by }) => (by === undefined ? [] : owners(state, by)))
  return [...new Set([...owners(state, step.by), ...ofItems])]
}

function plainHead(state: CutoverState, id: string): string {
  const title = value(planStep(state, id).title, 150)
  const { status, reason } = stepState(state, id)
  // A reason may be a sentence of its own.
  const why = reason === undefined ? '' : `: ${value(reason.replace(/\.$/, ''), 200)}`
  if (asksForApproval(stepState(state, id))) return `Please read and approve “${title}”.`
  switch (status) {
    case 'failed':
      return `“${title}” stopped${why}. Please decide how to go on.`
    case 'unknown':
      return `Nobody knows how “${title}” ended${why}. Please look and decide.`
    case 'active':
      return `“${title}” was red and is being looked at again.`
    default:
      return `Please see to “${title}”.`
  }
}

function turnRemark(state: CutoverState, id: string, own: StepState): string {
  const planned = planStep(state, id).place === 'plan' ? plannedAt(state, id) : null
  const behind = followers(state.plan, id).length
  const late =
    own.lateMs === undefined
      ? ''
      : `*late by ${durationText(Math.floor(own.lateMs / 60_000) * 60_000)}*: do it, skip it or move it`
  const text = dotted([
    behind > 0 && `blocks ${count(behind, 'step')}`,
    planned !== null && `planned ${clock(planned)}`,
    late,
  ])
  return text === '' ? '' : ` — ${text}`
}

function turnLines(state: CutoverState, id: string): readonly string[] {
  const step = planStep(state, id)
  const held = state.held
  return [
    ...(step.help === undefined ? [] : [value(step.help, 1_200)]),
    ...(step.warn === undefined ? [] : [`*Careful:* ${value(step.warn)}`]),
    ...(step.irreversible === undefined ? [] : [`*Cannot be undone:* ${value(step.irreversible)}`]),
    ...(step.kind === 'do' ? step.items.slice(0, 20).map((item) => itemLine(state, id, item)) : []),
    ...(held === undefined || step.kind === 'do' ? [] : ['It can start when the cutover is resumed.']),
  ]
}

function itemLine(
  state: CutoverState,
  id: string,
  item: { readonly id: string; readonly text: string },
): string {
  const tick = stepState(state, id).items[item.id]
  if (tick === undefined) return `☐ ${value(item.text, 150)}`
  const word = { done: '✓ done', failed: '✗ FAILED', na: '– not applicable' }[tick.result]
  return `${word}: ${value(item.text, 150)} — ${actor(tick.by)} ${clock(tick.at)}`
}

function stoppedHead(state: CutoverState, id: string, own: StepState): string {
  const step = planStep(state, id)
  const title = value(step.title)
  const attempt = lastAttempt(state, id)
  if (own.status === 'unknown')
    return `*${title} — UNKNOWN.* ${value(attempt?.why ?? 'Nobody knows how it ended.')}`
  if (step.kind === 'check') {
    const again = own.status === 'active' ? ' Looking again…' : ''
    return `*${title} — RED:* ${value(own.reason ?? lastEnded(state, id)?.summary ?? '')}${again}`
  }
  const details = [
    attempt?.durationMs === undefined ? '' : `after ${durationText(attempt.durationMs)}`,
    attempt === undefined ? '' : `(attempt ${attempt.n}${exitText(attempt)})`,
    own.tick === undefined ? '' : `by ${actor(own.tick.by)} ${clock(own.tick.at)}`,
  ]
  return [`*${title} — ${stopWord(attempt)}*`, ...details].filter((part) => part !== '').join(' ')
}

function stopWord(attempt: AttemptState | undefined): string {
  if (attempt?.status === 'refused') return 'WAS NOT STARTED'
  return attempt?.outcome === 'cancelled' ? 'CANCELLED' : 'FAILED'
}

const exitText = ({ exit }: AttemptState): string =>
  exit === undefined || exit === null ? '' : `, exit ${exit}`

function stoppedLines(state: CutoverState, id: string): readonly string[] {
  const own = stepState(state, id)
  const step = planStep(state, id)
  const attempt = lastAttempt(state, id)
  const error = attempt?.error
  // The head says why nobody knows; a reason that is still there is that of an attempt before.
  const isSaid = step.kind === 'check' || own.status === 'unknown'
  const told = error?.message ?? (isSaid ? undefined : (own.reason ?? own.tick?.note))
  return [
    ...(told === undefined ? [] : [value(told, 800)]),
    ...own.breaches
      .slice(-5)
      .map((breach) => `${clock(breach.at)} ${value(breach.check, 80)}: ${value(breach.answer)}`),
    ...(error === undefined
      ? []
      : [`*Changed:* ${value(error.changed)}`, value(error.hint)].filter((line) => line !== '')),
    ...(own.status === 'unknown' ? ['Nothing is retried by itself. Look first, then choose.'] : []),
    ...blockerLines(state, id),
    ...triggerLines(state, id),
  ]
}

/** What this step meets, by failing or by a breach of its watch, and what it is expressly no reason for. */
const triggerLines = (state: CutoverState, id: string): readonly string[] =>
  [
    ...metTriggers(state)
      .filter(({ steps }) => steps.includes(id))
      .map(({ trigger }) => trigger),
    ...state.plan.rollback.triggers.filter((one) => one.urgency === 'never' && one.steps.includes(id)),
  ].map((one) => `The trigger “${value(one.text, 200)}” says: *${URGENCY[one.urgency]}*.`)

function consentBlock(state: CutoverState, id: string) {
  const { asked, status } = stepState(state, id)
  if (asked !== undefined)
    return [
      section(
        `${actor(asked.by)} wants to ${WANTS[asked.action]}: ${value(asked.reason)}\n*A second person must confirm* by the same button.`,
      ),
    ]
  const isStopped = status === 'failed' || status === 'unknown'
  return isStopped && needsTwo(state, id)
    ? [context('This takes two people: one asks, another confirms.')]
    : []
}

const WANTS = {
  skip: 'skip it',
  override: 'go on anyway',
  retry: 'try again',
  'mark succeeded': 'declare that it succeeded',
  'mark failed': 'declare that it failed',
} as const

const LINKS_MAX = 8

function linksBlock(state: CutoverState, id: string) {
  const links = Object.entries(planStep(state, id).links).slice(0, LINKS_MAX)
  return links.length === 0
    ? []
    : [context(links.map(([title, url]) => WRITERS.slack.link({ title, url })).join(' · '))]
}

/** The one line that is left of a need when it is settled: what was done, by whom, when. */
export function settledNeed(state: CutoverState, need: Need): Content {
  const text = settledText(state, need)
  return { text, blocks: [context(text)] }
}

function settledText(state: CutoverState, { step: id, n }: Need): string {
  const step = planStep(state, id)
  const own = stepState(state, id)
  const title = value(step.title, 150)
  const by = own.changed === undefined ? '' : ` by ${actor(own.changed.by)} ${clock(own.changed.at)}`
  const why = own.reason === undefined ? '' : `: ${value(own.reason)}`
  const again = own.attempts.map((one) => state.attempts[one]).find((one) => one !== undefined && one.n > n)
  if (own.status === 'skipped') return `– Skipped${by} · ${title}${why}`
  if (own.status === 'overridden') return `! Gone on from red${by} · ${title}${why}`
  if (own.tick !== undefined)
    return `${TICKED[own.tick.result]} by ${actor(own.tick.by)} ${clock(own.tick.at)} · ${title}`
  if (n === 0 && again !== undefined)
    return `▸ Started by ${actor(again.requestedBy)} ${clock(again.dispatchedAt)} · ${title}`
  if (step.kind === 'check' && own.status === 'done')
    return `✓ Green again ${clock(lastEnded(state, id)?.endedAt ?? 0)} · ${title}`
  if (again !== undefined)
    return `▸ Tried again by ${actor(again.requestedBy)} ${clock(again.dispatchedAt)} · ${title}`
  if (own.changed?.event === 'step marked')
    return `${own.status === 'failed' ? '✗ Declared failed' : '✓ Declared done'}${by} · ${title}${why}`
  return `– Not asked any more${by} · ${title}`
}

const TICKED = { done: '✓ Done', failed: '✗ Declared failed', na: '– Not applicable' } as const

/** Said once, when a step takes longer than its upper estimate. */
export function overrunMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const asked = mentions(owners(state, step.by))
  const high = step.estimate === undefined ? '' : ` (estimated up to ${durationText(step.estimate.highMs)})`
  const text = `${asked} “${value(step.title, 150)}” takes longer than estimated${high}. It goes on; nothing is stopped by itself.`
  return { text, blocks: [section(text)] }
}

/** While a program asks what nobody foresaw: it can only be stopped. */
export function waitingMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const asks = waitingText(liveAttempt(state, id)) ?? ''
  const text = `${mentions(owners(state, step.by))} “${value(step.title, 150)}” *waits for input:* ${asks}. Nobody foresaw this question and nobody can answer it from here. Cancel it, and give the runbook an answer or the program a flag; it may also go on by itself.`
  return { text, blocks: [section(text), ...actions(stepButtons(state, id))] }
}

/** What is left of it. */
export function answeredMessage(state: CutoverState, id: string): Content {
  const text = `“${value(planStep(state, id).title, 150)}” does not wait for input any more.`
  return { text, blocks: [context(text)] }
}

/** Said once, when a run has passed its timeout. */
export function timeoutMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const text = `${mentions(owners(state, step.by))} “${value(step.title, 150)}” has passed its timeout. Wait, or cancel it.`
  return { text, blocks: [section(text), ...actions(stepButtons(state, id))] }
}
