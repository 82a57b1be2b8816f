import type { Actor, CutoverEvent, Recorded } from '../../domain/events.ts'
import type { PersonId, Plan } from '../../domain/plan.ts'
import { CHANGES } from '../../domain/team/changes.ts'
import { sayOfTeam } from './team-lines.ts'
import type { Evidence } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'

export interface Line {
  readonly who: string
  readonly what: string
}

/** Events of one cutover as lines for a terminal, in the order in which they are handed in. */
export interface EventTeller {
  /** Undefined for what a person need not be told. */
  line(event: Recorded): Line | undefined
}

export function makeEventTeller(plan: Plan, nameOf: (person: PersonId) => string): EventTeller {
  const steps = new Map<string, string>()
  const pools = new Map<string, string>()
  const looks = new Set<string>()
  let isPosted = false
  const title = (step: string): string => plan.steps[step]?.title ?? step

  /** What is remembered of an attempt, for the events that only give its id. */
  function remember(event: CutoverEvent): void {
    if (event.type === 'attempt dispatched') {
      steps.set(event.data.attempt, event.data.step)
      pools.set(event.data.attempt, event.data.pool)
      if (event.data.forGate !== undefined) looks.add(event.data.attempt)
    }
  }

  /** The timeline goes to the channel and to #ops; that is told once. */
  function isRepeated({ type }: CutoverEvent): boolean {
    const before = isPosted
    isPosted ||= type === 'timeline posted'
    return before && type === 'timeline posted'
  }

  return {
    line(event) {
      remember(event)
      const attempt = attemptOf(event)
      if (attempt === undefined) {
        const what = say(event, { title, nameOf })
        return what === undefined || isRepeated(event) ? undefined : { who: whoOf(event.actor, nameOf), what }
      }
      const step = steps.get(attempt) ?? attempt
      const isRun = plan.steps[step]?.kind === 'run'
      const what = sayOfAttempt(event, { title: title(step), isRun, isLook: looks.has(attempt) })
      return what === undefined ? undefined : { who: pools.get(attempt) ?? 'worker', what }
    },
  }
}

const MINUTE_MS = 60_000

/** A leap of less than a minute is none that anybody would wait for. */
const movedText = (
  { byMs, to }: { readonly byMs: number; readonly to: string },
  title: (step: string) => string,
): string | undefined =>
  byMs < MINUTE_MS ? undefined : `nothing is due: ${durationText(byMs)} are left out, to “${title(to)}”`

function attemptOf({ type, data }: CutoverEvent): string | undefined {
  return type.startsWith('attempt ') && 'attempt' in data ? data.attempt : undefined
}

function whoOf(actor: Actor, nameOf: (person: PersonId) => string): string {
  switch (actor.kind) {
    case 'person':
      return nameOf(actor.person)
    case 'rehearsal':
      return actor.kind
    // What follows from a worker's report is said by the cutover.
    case 'worker':
    case 'cutover':
      return 'cutover'
  }
}

interface Attempt {
  readonly title: string
  readonly isRun: boolean
  /** Taken again for an open gate: told only when it is red. */
  readonly isLook: boolean
}

function sayOfAttempt(event: CutoverEvent, { title, isRun, isLook }: Attempt): string | undefined {
  switch (event.type) {
    case 'attempt running':
      return isRun ? `▶ ${title}` : undefined
    case 'attempt adopted':
      return `goes on watching “${title}”, which never stopped running`
    case 'attempt refused':
      return `did not start “${title}”: ${event.data.why}`
    case 'attempt unknown':
      return `? ${title}: nobody knows how it ended. ${event.data.why}`
    case 'attempt unobserved':
      return `? ${title}: its host is silent`
    case 'attempt blocked':
      return `${title} waits for ${event.data.blocker.lockOn}, held by pid ${event.data.blocker.pid} (${event.data.blocker.app})`
    case 'attempt asked':
      return asked(event.data, title)
    case 'attempt ended':
      return isLook && event.data.verdict === 'green' ? undefined : ended(event.data, title)
    default:
      return undefined
  }
}

function asked(
  { prompt, then, answer }: Extract<CutoverEvent, { type: 'attempt asked' }>['data'],
  title: string,
): string {
  if (then === 'answered') return `${title} asked “${prompt}” and was answered “${answer ?? ''}”`
  return then === 'waiting'
    ? `? ${title} waits for input: “${prompt}”. Nobody foresaw it; it can be cancelled`
    : `${title} went on without an answer to “${prompt}”`
}

function ended(data: Extract<CutoverEvent, { type: 'attempt ended' }>['data'], title: string): string {
  const { outcome, verdict, summary, durationMs, error } = data
  if (outcome === 'cancelled') return `✗ ${title} was cancelled`
  if (outcome === 'failed') return `✗ ${title}: ${error?.message ?? summary}`
  if (verdict !== undefined) return `${verdict === 'green' ? '✓' : '✗ RED'} ${title}: ${summary}`
  return `✓ ${title}: ${summary} (${durationText(durationMs)})`
}

export interface Words {
  readonly title: (step: string) => string
  readonly nameOf: (person: PersonId) => string
}

function say(event: CutoverEvent, words: Words): string | undefined {
  return (
    sayOfLife(event, words) ??
    sayOfStep(event, words) ??
    sayOfGate(event, words) ??
    sayOfTeam(event, words) ??
    sayOfPool(event) ??
    sayOfLogin(event, words) ??
    sayOfTimeline(event) ??
    sayOfRest(event, words)
  )
}

function sayOfLife(event: CutoverEvent, { title }: Pick<Words, 'title'>): string | undefined {
  switch (event.type) {
    case 'cutover opened':
      return `opens “${event.data.plan.title}” on ${event.data.plan.environment}, a ${event.data.plan.live ? 'LIVE cutover' : 'rehearsal'}, in #${event.data.channelName}`
    case 'cutover started':
      return 'RUNNING: the first step that changes something begins'
    case 'cutover watching':
      return 'WATCHING: every step that changes something is carried out'
    case 'cutover guarded':
      return 'COMPLETED'
    case 'cutover closed':
      return 'CLOSED'
    case 'cutover held':
      return `HELD: ${event.data.reason}`
    case 'cutover resumed':
      return 'resumes'
    case 'cutover postponed':
      return `POSTPONED: ${event.data.reason}`
    case 'cutover abandoned':
      return `ABANDONED: ${event.data.reason}`
    case 'plan advanced':
      return movedText(event.data, title)
    case 'rollback started':
      return `ROLLS BACK: ${event.data.reason}`
    case 'rollback option taken':
      return `the rollback goes on another way, ${event.data.option}: ${event.data.reason}`
    case 'rollback stopped':
      return `the rollback has stopped: ${event.data.why}`
    case 'rollback finished':
      return 'ROLLED BACK'
    default:
      return undefined
  }
}

function sayOfStep(event: CutoverEvent, { title }: Words): string | undefined {
  switch (event.type) {
    case 'step ticked': {
      const { step, result, note } = event.data
      const sign = { done: '✓', failed: '✗ FAILED', na: '– not applicable:' }[result]
      return `${sign} ${title(step)}${note === undefined || note === '' ? '' : `. “${note}”`}`
    }
    case 'step skipped':
      return `skips “${title(event.data.step)}”: ${event.data.reason}`
    case 'step overridden':
      return `goes on although “${title(event.data.step)}” is red: ${event.data.reason}`
    case 'step marked':
      return `declares that “${title(event.data.step)}” ${event.data.outcome}: ${event.data.reason}`
    case 'option chosen':
      return `chooses “${event.data.option}” for ${event.data.choice}`
    case 'watch breached':
      return `out of bounds: ${event.data.check}: ${event.data.answer}`
    default:
      return undefined
  }
}

function sayOfGate(event: CutoverEvent, { title }: Words): string | undefined {
  switch (event.type) {
    case 'gate opened':
      return `asks: ${title(event.data.gate)} (round ${event.data.round})`
    case 'criterion confirmed':
      return `✓ confirms “${event.data.criterion}”`
    case 'vote cast':
      return `${event.data.vote === 'go' ? 'GO' : 'NO-GO'} on “${title(event.data.gate)}”${event.data.reason === undefined || event.data.reason === '' ? '' : `: ${event.data.reason}`}`
    case 'votes went stale':
      if (event.data.criterion === CHANGES) return 'the votes are stale: a change was allowed'
      return event.data.role === undefined
        ? 'the votes are stale: a criterion has turned red'
        : `a GO is stale: ${event.data.role} changed hands`
    case 'gate decided':
      return `DECIDED: ${event.data.decision === 'go' ? 'GO' : 'NO-GO'} on “${title(event.data.gate)}”${criteriaText(event.data.evidence)}`
    case 'round closed':
      return `the round of “${title(event.data.gate)}” is closed: ${event.data.why}`
    default:
      return undefined
  }
}

function sayOfLogin(event: CutoverEvent, { nameOf }: Words): string | undefined {
  if (event.type !== 'login vouched') return undefined
  return `two vouch that the terminal with the code ${event.data.code} is ${nameOf(event.data.person)}`
}

function sayOfPool(event: CutoverEvent): string | undefined {
  if (event.type === 'pool refused')
    return `✗ nothing starts on the pool ${event.data.pool}: ${event.data.why}`
  if (event.type !== 'pool ready' || event.data.ignored.length === 0) return undefined
  return `changed after the opening, and ignored: ${event.data.ignored.join(', ')}`
}

function sayOfTimeline(event: CutoverEvent): string | undefined {
  if (event.type === 'timeline posted') return 'posts the timeline in the channel and in #ops'
  if (event.type !== 'timeline mailed') return undefined
  const { failed, to, audience } = event.data
  return failed === undefined
    ? `✉ how it ended, to ${to.join(', ')}`
    : `✗ how it ended did not reach ${audience}: ${failed}`
}

function sayOfRest(event: CutoverEvent, { title, nameOf }: Words): string | undefined {
  switch (event.type) {
    case 'notice delivered':
      return event.data.medium === 'report'
        ? undefined
        : `✉ ${title(event.data.step)}, to ${event.data.to.join(', ')}`
    case 'notice failed':
      return `✗ ${title(event.data.step)} did not reach ${event.data.audience}: ${event.data.why}`
    case 'notice parked':
      return `… ${title(event.data.step)} waits for Slack`
    case 'slack went away':
      return `✗ Slack is away: ${event.data.why}; people go on by the command line`
    case 'slack came back':
      return 'Slack is back'
    case 'notice approved':
      return `approves the text of “${title(event.data.step)}”`
    case 'notice rejected':
      return `rejects the draft of “${title(event.data.step)}”: ${event.data.reason}`
    case 'update missed':
      return `✗ “${title(event.data.step)}” number ${event.data.n} did not go out`
    case 'pager called':
      return event.data.failed === undefined
        ? `pager ${event.data.audience}: ${event.data.action}`
        : `✗ the pager ${event.data.audience} was not reached: ${event.data.failed}`
    case 'role assigned':
      return `${nameOf(event.data.holder.person)} is ${event.data.role} now`
    case 'note added':
      return `notes: ${event.data.text}`
    default:
      return undefined
  }
}

function criteriaText(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) return ''
  return `, on ${evidence.filter(({ met }) => met).length} of ${evidence.length} criteria`
}
