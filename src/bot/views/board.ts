import type { KnownBlock } from '@slack/types'
import { dueChoices, planChoice } from '../../domain/alternatives.ts'
import { forecast } from '../../domain/forecast.ts'
import {
  isOver,
  isSatisfied,
  liveAttempts,
  mutationsInForce,
  phaseSteps,
  planStep,
} from '../../domain/lookup.ts'
import { freezeFrom, isFrozen } from '../../domain/freeze.ts'
import { outageNow } from '../../domain/outages.ts'
import { promisedEnd } from '../../domain/promised.ts'
import { poolNews } from '../../domain/pools.ts'
import { bufferEnd, rollbackPlan, windowEnd } from '../../domain/rollback-plan.ts'
import type { Instant, PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { standingVotes, votersNow } from '../../domain/votes.ts'
import { durationText } from '../../templates/format.ts'
import { actions, context, section, type Content } from '../blocks.ts'
import { holdersText } from './act-form.ts'
import { changesText } from './changes.ts'
import { boardButtons, closeIssueButton } from './buttons.ts'
import { choosers } from './choice-card.ts'
import { pagesText } from './public-pages.ts'
import { currentPhase } from './phases.ts'
import { calledText } from './escalation.ts'
import { onCallText, ownerText, reportsText } from './team-words.ts'
import { leftIn, progressText, type Progress } from './progress.ts'
import {
  actor,
  clock,
  count,
  dotted,
  joined,
  kindOfCutover,
  mentions,
  minutes,
  moment,
  owners,
  person,
  statusText,
  unestimated,
  value,
} from './words.ts'

/** The pinned message: where we are, who is waited for, when it is done, until when one can turn back. */
export function board(
  state: CutoverState,
  given: {
    readonly now: Instant
    readonly progress: Progress
    /** People who could go on without Slack. */
    readonly loggedIn?: ReadonlySet<PersonId>
  },
): Content {
  const { now, progress, loggedIn } = given
  const lines: readonly (readonly [string, string])[] = [
    ['Waiting for', waitingText(state, now)],
    ['Planned', state.status === 'scheduled' ? moment(state.plannedStart) : ''],
    ['Forecast', forecastText(state, now, progress)],
    ['Turn back by', turnBackText(state, now)],
    ['Slack', deafText(state)],
    ['Freeze', freezeText(state, now)],
    ['Changed', changesText(state)],
    ['Open', openText(state, now)],
    ['Hosts', value(poolNews(state, now).join(' · '), 400)],
    ['Status page', pagesText(state)],
    ['Called', calledText(state, now)],
    ['On call', onCallText(state)],
    ['Users', reportsText(state)],
    ['Decided', decidedText(state)],
    ['People', holdersText(state)],
  ]
  const shown = lines.filter(([, text]) => text !== '')
  return {
    text: fallback(state),
    blocks: [
      section(`${titleText(state)}\n${stateText(state)}`),
      ...runningText(state, progress).map((line) => section(line)),
      section(shown.map(([label, text]) => `*${label}*  ${text}`).join('\n')),
      ...issueBlocks(state),
      ...loginBlock(state, loggedIn),
      context(footText(state)),
      ...actions(boardButtons(state, now)),
    ],
  }
}

const titleText = (state: CutoverState): string =>
  dotted([`*${value(state.plan.title)}*`, value(state.plan.environment), `*${kindOfCutover(state)}*`])

function stateText(state: CutoverState): string {
  const current = currentPhase(state)
  const phase =
    current === undefined
      ? ''
      : `phase ${current.number} of ${state.plan.phases.length}, ${value(current.phase.title, 100)}`
  const held =
    state.held === undefined
      ? ''
      : `*HELD* by ${actor(state.held.by)} since ${clock(state.held.at)}: ${value(state.held.reason)}`
  const inPhases = state.status === 'scheduled' || state.status === 'running' || state.status === 'watching'
  return dotted([`*${state.status.toUpperCase()}*`, inPhases ? phase : rollbackText(state), held])
}

/** Whoever reads it while nothing arrives from Slack finds another way. */
function deafText(state: CutoverState): string {
  const outage = outageNow(state)
  return outage?.how === 'deaf'
    ? `*what you press here does not arrive* since ${clock(outage.since)}; go on by the command line`
    : ''
}

function rollbackText({ rollback }: CutoverState): string {
  if (rollback === undefined) return ''
  return `turned back ${clock(rollback.startedAt)} by ${actor(rollback.by)}: ${value(rollback.reason)}`
}

function fallback(state: CutoverState): string {
  const current = currentPhase(state)
  const phase = current === undefined ? '' : `, phase ${current.phase.title}`
  const held = state.held === undefined ? '' : `, held: ${state.held.reason}`
  const steps = phaseSteps(state.plan)
  const done = steps.filter((id) => isSatisfied(state.steps[id]?.status ?? 'pending')).length
  return value(
    `${state.plan.title} on ${state.plan.environment} (${kindOfCutover(state)}) is ${state.status}${phase}${held}. ${done} of ${steps.length} steps are done.`,
    700,
  )
}

const RUNNING_MAX = 4

/** What works now, a line each; looks last a moment and are left out. */
function runningText(state: CutoverState, progress: Progress): readonly string[] {
  return liveAttempts(state)
    .filter((attempt) => planStep(state, attempt.step).kind !== 'check')
    .slice(0, RUNNING_MAX)
    .map((attempt) => {
      const { title, estimate } = planStep(state, attempt.step)
      const since = attempt.runningAt ?? attempt.spawningAt
      return dotted([
        `*${value(title, 120)}*`,
        since === undefined ? 'starting' : `since ${clock(since)}`,
        attempt.cancelRequested !== undefined && 'being stopped',
        attempt.status === 'unobserved' && '*its host is silent*',
        progressText(attempt, progress.get(attempt.id)),
        estimate !== undefined && `estimated ${rangeText(estimate)}`,
      ])
    })
}

const rangeText = ({ lowMs, highMs }: { readonly lowMs: number; readonly highMs: number }): string =>
  lowMs === highMs ? durationText(highMs) : `${durationText(lowMs)}–${durationText(highMs)}`

const WAITING_MAX = 4

function waitingText(state: CutoverState, now: Instant): string {
  if (isOver(state.status)) return ''
  const held = state.held === undefined ? [] : [`${actor(state.held.by)} or the lead: resume`]
  const waits = [...held, ...choicesWaiting(state, now), ...stepsWaiting(state), ...votesWaiting(state)]
  const more = waits.length > WAITING_MAX ? ` · and ${waits.length - WAITING_MAX} more` : ''
  return waits.length === 0 ? 'nobody' : `${waits.slice(0, WAITING_MAX).join(' · ')}${more}`
}

const choicesWaiting = (state: CutoverState, now: Instant): readonly string[] =>
  dueChoices(state, now).map(
    (id) => `${mentions(choosers(state, id))}: ${value(planChoice(state, id).question, 80)}`,
  )

const stepsWaiting = (state: CutoverState): readonly string[] =>
  Object.values(state.plan.steps).flatMap((step) => {
    const status = state.steps[step.id]?.status
    if (step.kind === 'decide' || status === undefined || !isInHand(state, step.id)) return []
    const asks = status === 'failed' || status === 'unknown' || (status === 'due' && step.kind !== 'check')
    if (!asks) return []
    const word = status === 'due' ? '' : ` (${statusText(step, status)})`
    return [`${owners(state, step.by).map(person).join(' ')}: ${value(step.title, 80)}${word}`]
  })

/** On the way back only its own steps wait, and what nobody has declared yet. */
const isInHand = (state: CutoverState, id: string): boolean =>
  state.rollback === undefined || state.rollback.order.includes(id) || state.steps[id]?.status === 'unknown'

const votesWaiting = (state: CutoverState): readonly string[] =>
  Object.entries(state.gates).flatMap(([gate, { open }]) => {
    const step = state.plan.steps[gate]
    if (!open || step?.kind !== 'decide') return []
    const voted = standingVotes(state, gate).map((vote) => vote.person)
    const voters = votersNow(state, gate)
    const asked = Object.keys(step.approvers).flatMap((role) => (voters[role] ?? []).slice(0, 1))
    const missing = [...new Set(asked)].filter((one) => !voted.includes(one))
    return [
      `${missing.length === 0 ? 'one more GO' : missing.map(person).join(' ')}: ${value(step.title, 80)}`,
    ]
  })

function forecastText(state: CutoverState, now: Instant, progress: Progress): string {
  if (state.status !== 'scheduled' && state.status !== 'running') return ''
  const { done, spareMs, withoutEstimate } = forecast(state, now, leftIn(progress, now))
  const span =
    clock(done.low) === clock(done.high)
      ? clock(done.high)
      : `${clock(wholeMinute(done.low))}–${clock(wholeMinute(done.high))}`
  return dotted([
    `done ${span}`,
    ...endsText(state, done.high),
    spareMs >= 0
      ? `${minutes(spareMs)} of the window to spare`
      : `*${minutes(-spareMs)} longer than the window*`,
    withoutEstimate.length > 0 && unestimated(withoutEstimate),
  ])
}

/** Which end is which: the one that was promised, the window's, and what is kept free after it once that is needed. */
function endsText(state: CutoverState, done: Instant): readonly string[] {
  const promised = promisedEnd(state)
  const end = windowEnd(state)
  const isLate = done > promised
  return [
    ...(promised === end
      ? []
      : [`promised by ${clock(promised)}${isLate ? ' (*later than promised*)' : ''}`]),
    `window ends ${clock(end)}`,
    ...(done > end && bufferEnd(state) > end ? [`kept free until ${clock(bufferEnd(state))}`] : []),
  ]
}

const wholeMinute = (at: Instant): Instant => Math.floor(at / 60_000) * 60_000

function turnBackText(state: CutoverState, now: Instant): string {
  const canTurn = state.status === 'running' || state.status === 'watching'
  if (!canTurn || mutationsInForce(state).length === 0) return ''
  const { lengthMs, windowEndsAt, withoutEstimate } = rollbackPlan(state, now)
  const by = windowEndsAt - lengthMs
  const length =
    lengthMs === 0
      ? 'of unknown length'
      : `taking ${withoutEstimate.length > 0 ? 'at least ' : ''}${durationText(lengthMs)}`
  return dotted([
    `${clock(by)} (a rollback ${length})`,
    by > now
      ? `in ${minutes(by - now)}`
      : `*passed ${minutes(now - by)} ago*: it would end ${lateEndText(state, now + lengthMs)}`,
  ])
}

const lateEndText = (state: CutoverState, end: Instant): string =>
  end <= bufferEnd(state)
    ? `after the window, in the time kept free after it`
    : `after the window${bufferEnd(state) > windowEnd(state) ? ' and after what is kept free' : ''}`

/** Said a day ahead, so that nobody is surprised, and while it is on. */
function freezeText(state: CutoverState, now: Instant): string {
  const from = freezeFrom(state)
  if (from === null || state.status === 'postponed') return ''
  if (isFrozen(state, now)) return `*nothing else may change* since ${clock(from)}, until this is done`
  const isNear = state.status === 'scheduled' && from - now <= DAY_MS
  return isNear ? `nothing else may change from ${clock(from)} on` : ''
}

const DAY_MS = 24 * 60 * 60_000

const openText = (state: CutoverState, now: Instant): string =>
  state.openings
    .filter((one) => one.closedAt === undefined)
    .map((one) => `${value(one.name, 60)} since ${clock(one.openedAt)} (${minutes(now - one.openedAt)})`)
    .join(' · ')

function decidedText(state: CutoverState): string {
  return Object.entries(state.gates)
    .flatMap(([gate, { decision, votes }]) => {
      if (decision === undefined) return []
      const counted = votes.filter(
        (vote) =>
          vote.round === decision.round && vote.vote === decision.decision && vote.staleBecause === undefined,
      )
      const people = [...new Set(counted.map((vote) => person(vote.person)))]
      const met = decision.evidence.filter((one) => one.met || one.overridden === true).length
      const word = decision.decision === 'go' ? 'GO' : 'NO-GO'
      const title = value(state.plan.steps[gate]?.title ?? gate, 60)
      return [
        `${title.endsWith('?') ? title : `${title}:`} ${word} ${clock(decision.at)}${people.length === 0 ? '' : ` by ${joined(people)}`}${
          decision.evidence.length === 0 ? '' : ` on ${met} of ${decision.evidence.length} criteria`
        }`,
      ]
    })
    .join(' · ')
}

const ISSUES_MAX = 3

function issueBlocks(state: CutoverState): readonly KnownBlock[] {
  const open = state.issues.filter((issue) => issue.closedAt === undefined)
  if (open.length === 0) return []
  const lines = open
    .slice(-ISSUES_MAX)
    .map(
      (issue) =>
        `• ${issue.severity === 'low' || issue.severity === 'medium' ? '' : `*${issue.severity.toUpperCase()}* `}${value(issue.text, 160)} — ${issue.owner === undefined ? actor(issue.by) : ownerText(state, issue.owner)} ${clock(issue.at)}`,
    )
  return [section([`*Issues*  ${open.length} open`, ...lines].join('\n'), closeIssueButton(state))]
}

/** Before it begins there is still time for the way that works without Slack. */
function loginBlock(state: CutoverState, loggedIn: ReadonlySet<PersonId> | undefined): readonly KnownBlock[] {
  if (state.status !== 'scheduled' || loggedIn === undefined) return []
  const holders = [...new Set(Object.values(state.holders).map((holder) => holder.person))]
  const missing = holders.filter((one) => one !== 'rehearsal' && !loggedIn.has(one))
  return missing.length === 0
    ? []
    : [context(`No CLI login yet: ${missing.map(person).join(', ')} (\`cutover login\`)`)]
}

function footText(state: CutoverState): string {
  const hosts = [
    ...new Set(Object.values(state.attempts).flatMap(({ host }) => (host === undefined ? [] : [host]))),
  ]
  const rehearsed = state.rehearsals.findLast((one) => one.hash === state.plan.hash)
  return dotted([
    hosts.length > 0 && `runs on ${value(hosts.join(', '), 100)}`,
    `runbook ${value(state.plan.runbook, 60)} ${state.plan.hash.slice(0, 6)}`,
    rehearsed === undefined
      ? state.plan.live && 'not rehearsed as it is'
      : `rehearsed ${moment(rehearsed.finishedAt)}`,
    state.after !== undefined &&
      `attempt ${state.after.attempt + 1}, after ${state.after.cutover} (${state.after.outcome}${state.after.left.length === 0 ? '' : `, ${count(state.after.left.length, 'thing')} of it left open`})`,
    `cutover ${state.id}`,
  ])
}
