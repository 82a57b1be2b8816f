import type { Button, KnownBlock } from '@slack/types'
import { gateChoices, stepChoices, type GateChoices } from '../../domain/choices.ts'
import { criteriaOf, evidenceOf } from '../../domain/criteria.ts'
import { gateState, gateStep } from '../../domain/lookup.ts'
import type { Criterion, Instant } from '../../domain/plan.ts'
import type { CutoverState, Evidence, GateState } from '../../domain/state.ts'
import { asked, isCarried, needsAnother, seatCount, standingVotes } from '../../domain/votes.ts'
import { actions, button, context, section, type Content } from '../blocks.ts'
import { ACTIONS, type ButtonValue } from '../ids.ts'
import { stepValue } from './buttons.ts'
import { actor, ago, clock, dotted, joined, mentions, person, value } from './words.ts'

type CastVote = GateState['votes'][number]

/** Criteria with a row of buttons of their own; the rest are lines of text. Keeps a card below 45 blocks. */
const ROWS_MAX = 10
const LINE_MAX = 300
const LINES_MAX = 1_800
const VOTES_MAX = 1_500

/** The card of a round: criteria with their evidence, votes, GO and NO-GO; after the decision the record. */
export function gateCard(state: CutoverState, gate: string, now: Instant): Content {
  const { open, decision } = gateState(state, gate)
  if (open) return openCard(state, gate, now)
  return decision === undefined ? closedCard(state, gate) : decidedCard(state, gate, decision)
}

function openCard(state: CutoverState, gate: string, now: Instant): Content {
  const choices = gateChoices(state, gate, now)
  const evidence = evidenceOf(state, gate, now)
  const open = evidence.filter((one) => !one.met && one.overridden !== true)
  const settled = evidence.filter((one) => !open.includes(one))
  const { goGivenAt } = gateState(state, gate)
  const looking =
    goGivenAt === undefined
      ? ''
      : `*GO given ${clock(goGivenAt)}, looking once more* at what a machine can check.`
  const title = value(gateStep(state, gate).title)
  return {
    text: `${mentions(askedPeople(state, gate))} ${title} GO or NO-GO? ${evidence.length - open.length} of ${evidence.length} criteria are met.`,
    blocks: [
      section(headText(state, gate)),
      ...linesSections(settled.map((one) => criterionLine(state, gate, one, now))),
      ...open.slice(0, ROWS_MAX).flatMap((one) => openCriterion(state, gate, { one, now, choices })),
      ...linesSections(open.slice(ROWS_MAX).map((one) => criterionLine(state, gate, one, now))),
      section(
        [votesText(state, gate), looking].filter((line) => line !== '').join('\n'),
        undefined,
        VOTES_MAX,
      ),
      ...takenBack(state, gate, choices),
      ...actions(voteButtons(state, gate, choices)),
    ],
  }
}

function headText(state: CutoverState, gate: string): string {
  const step = gateStep(state, gate)
  const { round, deadline } = gateState(state, gate)
  return `*${value(step.title)}*  ${dotted([
    `round ${round}`,
    `needs ${value(needsText(state, gate), 200)}`,
    deadline !== undefined && `by ${clock(deadline)}`,
  ])}\n${mentions(askedPeople(state, gate))}`
}

/** What carries the gate, in the words of the rule that decides it. */
function needsText(state: CutoverState, gate: string): string {
  const { approvers } = gateStep(state, gate)
  const { voters } = gateState(state, gate)
  if (
    !state.plan.live &&
    Object.values(voters).every((people) => people.length < 2 && people[0] === state.opener)
  )
    return `${asked(approvers)} (a rehearsal with one person)`
  const another = needsAnother(approvers, voters, state.opener)
  const notAlone = another
    ? ', and one more holder'
    : seatCount(approvers) > 1
      ? ', one of them not the opener'
      : ''
  return `${asked(approvers)}${notAlone}`
}

function askedPeople(state: CutoverState, gate: string): readonly string[] {
  const { approvers } = gateStep(state, gate)
  const { voters } = gateState(state, gate)
  const named = Object.keys(approvers).flatMap((role) => (voters[role] ?? []).slice(0, 1))
  const another = needsAnother(approvers, voters, state.opener)
  const people =
    named.length === 0 || another
      ? [...named, ...Object.values(voters).flatMap((one) => one.slice(0, 1))]
      : named
  return [...new Set(people)]
}

function titleOf(state: CutoverState, criterion: Criterion): string {
  switch (criterion.kind) {
    case 'step':
      return state.plan.steps[criterion.step]?.title ?? watchTitle(state, criterion.step)
    case 'confirm':
      return criterion.text
    case 'rehearsed':
      return criterion.rollback ? 'Rehearsed, there and back' : 'Rehearsed'
  }
}

function watchTitle(state: CutoverState, id: string): string {
  const checks = Object.values(state.plan.steps).flatMap((step) => (step.kind === 'watch' ? step.checks : []))
  return checks.find((check) => check.id === id)?.title ?? id
}

/** With its age while it is open (`now`), with its time once it is decided (null). */
function criterionLine(state: CutoverState, gate: string, one: Evidence, now: Instant | null): string {
  const criterion = criteriaOf(state, gate).find((other) => other.id === one.criterion)
  const title = criterion === undefined ? one.criterion : titleOf(state, criterion)
  const override = gateState(state, gate).overridden[one.criterion]
  const by =
    one.overridden === true && override !== undefined
      ? `overridden by ${actor(override.by)}: ${value(override.reason, 120)}`
      : ''
  // Answers hold mentions that the domain wrote; everything else in them is escaped.
  const answer = one.answer
    .split(/(<@[A-Z0-9]+>)/)
    .map((part) => (/^<@[A-Z0-9]+>$/.test(part) ? part : value(part, 160)))
    .join(' ')
  return dotted([
    `${signOf(one, criterion)} *${value(title, 120)}*`,
    answer.trim(),
    one.at !== undefined && (now === null ? clock(one.at) : ago(one.at, now)),
    by,
  ])
}

function signOf(one: Evidence, criterion: Criterion | undefined): string {
  if (one.overridden === true) return '! overridden'
  if (one.met) return '✓ met'
  return criterion?.kind === 'confirm' || one.at === undefined ? '· open' : '✗ NOT MET'
}

/** As many lines as one section should hold, and how many there are more; the rest is in the timeline. */
function linesSections(lines: readonly string[]): KnownBlock[] {
  if (lines.length === 0) return []
  const shown: string[] = []
  let length = 0
  for (const line of lines) {
    length += line.length + 1
    if (length > LINES_MAX) break
    shown.push(line)
  }
  const more = lines.length - shown.length
  return [section([...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'))]
}

function openCriterion(
  state: CutoverState,
  gate: string,
  { one, now, choices }: { readonly one: Evidence; readonly now: Instant; readonly choices: GateChoices },
): KnownBlock[] {
  const criterion = criteriaOf(state, gate).find((other) => other.id === one.criterion)
  const allowed = choices.criteria[one.criterion] ?? []
  const title = criterion === undefined ? one.criterion : titleOf(state, criterion)
  const of = { about: title, value: gateValue(state, gate, one.criterion) }
  const buttons: Button[] = [
    ...(allowed.includes('confirm') ? [button({ ...of, action: ACTIONS.confirm, label: 'Confirm' })] : []),
    ...lookButton(state, criterion, title),
    ...(allowed.includes('override')
      ? [button({ ...of, action: ACTIONS.overrideCriterion, label: 'Override…' })]
      : []),
  ]
  const line = criterionLine(state, gate, one, now)
  const confirmer =
    criterion?.kind === 'confirm' && criterion.by !== undefined
      ? ` (${value(criterion.by, 40)} confirms)`
      : ''
  return [section(`${line}${confirmer}`, undefined, LINE_MAX), ...actions(buttons)]
}

function lookButton(state: CutoverState, criterion: Criterion | undefined, about: string): Button[] {
  if (criterion?.kind !== 'step' || state.plan.steps[criterion.step]?.kind !== 'check') return []
  if (!stepChoices(state, criterion.step).includes('run')) return []
  return [
    button({ action: ACTIONS.look, label: 'Look again', about, value: stepValue(state, criterion.step) }),
  ]
}

const gateValue = (state: CutoverState, gate: string, part?: string): ButtonValue => ({
  ...stepValue(state, gate),
  ...(part === undefined ? {} : { part }),
})

/** Confirmations given, each to be taken back. */
function takenBack(state: CutoverState, gate: string, choices: GateChoices): KnownBlock[] {
  const given = Object.entries(choices.criteria).filter(([, allowed]) => allowed.includes('unconfirm'))
  // A row each: Slack takes an action_id once in a block.
  return given.slice(0, 5).flatMap(([criterion]) =>
    actions([
      button({
        action: ACTIONS.unconfirm,
        label: `Take back “${criterion}”…`,
        value: gateValue(state, gate, criterion),
      }),
    ]),
  )
}

function voteButtons(state: CutoverState, gate: string, choices: GateChoices): Button[] {
  const step = gateStep(state, gate)
  const target = `${state.plan.title}, ${state.plan.environment} (${state.plan.live ? 'LIVE' : 'rehearsal'})`
  const go = button({
    action: ACTIONS.go,
    label: 'GO',
    style: 'primary',
    value: gateValue(state, gate),
    confirm: {
      title: `GO on “${step.title}”?`,
      text: `${target}. Your name and this moment go into the record.`,
      yes: 'GO',
    },
  })
  return [
    ...(choices.gate.includes('go') && !isCarried(state, gate) ? [go] : []),
    ...(choices.gate.includes('no-go')
      ? [button({ action: ACTIONS.noGo, label: 'NO-GO…', style: 'danger', value: gateValue(state, gate) })]
      : []),
    ...(choices.gate.includes('round') && !gateState(state, gate).open
      ? [button({ action: ACTIONS.round, label: 'Open a new round…', value: gateValue(state, gate) })]
      : []),
  ]
}

function votesText(state: CutoverState, gate: string): string {
  const { round, votes } = gateState(state, gate)
  const cast = votes.filter((vote) => vote.round === round)
  const goes = cast.filter((vote) => vote.vote === 'go')
  const standing = standingVotes(state, gate).length
  const carried = isCarried(state, gate) ? '' : standing > 0 ? ' (more are needed)' : ''
  return `*GO*  ${goes.length === 0 ? '–' : goes.map((vote) => voteText(state, vote)).join(' · ')}${carried}\n*NO-GO*  –`
}

function voteText(state: CutoverState, vote: CastVote): string {
  const stale =
    vote.staleBecause === undefined
      ? ''
      : ` (stale: ${value(criterionTitle(state, vote.staleBecause), 80)} turned red)`
  const alone = vote.alone === true ? ' for everybody' : ''
  return `${person(vote.person)} as ${value(vote.role, 40)} ${clock(vote.at)}${alone}${stale}`
}

const criterionTitle = (state: CutoverState, id: string): string => state.plan.steps[id]?.title ?? id

function decidedCard(
  state: CutoverState,
  gate: string,
  decision: NonNullable<GateState['decision']>,
): Content {
  const { votes } = gateState(state, gate)
  const word = decision.decision === 'go' ? 'GO' : 'NO-GO'
  const counted = votes.filter(
    (vote) =>
      vote.round === decision.round && vote.vote === decision.decision && vote.staleBecause === undefined,
  )
  const people = [...new Set(counted.map((vote) => person(vote.person)))]
  const met = decision.evidence.filter((one) => one.met || one.overridden === true).length
  const on = decision.evidence.length === 0 ? '' : ` on ${met} of ${decision.evidence.length} criteria`
  const title = value(gateStep(state, gate).title)
  const verdict = `*${word}* at ${clock(decision.at)} by ${joined(people) || actor(decision.by)}${on}`
  const reason = decision.reason === undefined ? '' : `: ${value(decision.reason)}`
  return {
    text: `${title} ${verdict.replaceAll('*', '')}${reason}`,
    blocks: [
      section(`*${title}*  round ${decision.round}\n${verdict}${reason}`),
      ...linesSections(decision.evidence.map((one) => criterionLine(state, gate, one, null))),
      ...(votes.some((vote) => vote.round === decision.round)
        ? [section(recordText(state, gate, decision.round), undefined, VOTES_MAX)]
        : []),
      ...(decision.decision === 'go' ? [] : afterNoGo(state, gate, decision.at)),
    ],
  }
}

/** A NO-GO stands; the way on is a new round, which is the lead's. */
function afterNoGo(state: CutoverState, gate: string, now: Instant): KnownBlock[] {
  const choices = gateChoices(state, gate, now)
  return actions(
    voteButtons(state, gate, { ...choices, gate: choices.gate.filter((one) => one === 'round') }),
  )
}

function recordText(state: CutoverState, gate: string, round: number): string {
  return gateState(state, gate)
    .votes.filter((vote) => vote.round === round)
    .map(
      (vote) =>
        `${vote.vote === 'go' ? 'GO' : 'NO-GO'} ${voteText(state, vote)}${vote.reason === undefined ? '' : `: ${value(vote.reason, 160)}`}`,
    )
    .join('\n')
}

const WHY_CLOSED = {
  deadline: 'the deadline passed without a decision. The lead gives NO-GO or opens a new round',
  rollback: 'the cutover is rolled back',
  postponed: 'the cutover was postponed',
} as const

function closedCard(state: CutoverState, gate: string): Content {
  const { closedBecause, round, openedAt } = gateState(state, gate)
  const title = value(gateStep(state, gate).title)
  const why = closedBecause === undefined ? 'this decision is void' : WHY_CLOSED[closedBecause]
  const votes = recordText(state, gate, round)
  const choices = gateChoices(state, gate, openedAt ?? 0)
  return {
    text: `${title} round ${round} closed: ${why}.`,
    blocks: [
      section(`*${title}*  round ${round} closed: ${why}.`),
      ...(votes === '' ? [] : [section(votes, undefined, VOTES_MAX)]),
      ...actions(closedBecause === 'deadline' ? voteButtons(state, gate, choices) : []),
    ],
  }
}

/** A round before the present one: what was said in it, and nothing to press. */
export function pastRound(state: CutoverState, gate: string, round: number): Content {
  const title = value(gateStep(state, gate).title)
  const votes = recordText(state, gate, round)
  const noGo = gateState(state, gate).votes.some((vote) => vote.round === round && vote.vote === 'no-go')
  const text = `${title} round ${round}: ${noGo ? 'NO-GO' : 'no decision that holds'}. A later round follows.`
  return { text, blocks: [section(`*${text}*`), ...(votes === '' ? [] : [context(votes)])] }
}
