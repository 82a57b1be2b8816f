import type { Button, KnownBlock } from '@slack/types'
import { gateChoices, type GateChoices } from '../../domain/choices.ts'
import { evidenceOf } from '../../domain/criteria.ts'
import { gateState, gateStep } from '../../domain/lookup.ts'
import type { Instant } from '../../domain/plan.ts'
import type { CutoverState, GateState } from '../../domain/state.ts'
import { CHANGES, changesToWeigh } from '../../domain/team/changes.ts'
import { openIssues } from '../../domain/team/issues.ts'
import { asked, isCarried, needsAnother, seatCount, standingVotes, votersNow } from '../../domain/votes.ts'
import { actions, button, context, section, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { gateValue, rollbackButton } from './buttons.ts'
import { aheadLines } from './parts.ts'
import { changeLine } from './changes.ts'
import { closedCriteria, criterionTitle, openCriteria, seldomButtons } from './gate-criteria.ts'
import { failedCriteria, reasonsToTurnBack } from './failure.ts'
import { actor, clock, dotted, joined, mentions, person, value } from './words.ts'

type CastVote = GateState['votes'][number]

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
  const settled = evidence.filter((one) => one.met || one.overridden === true)
  const { goGivenAt } = gateState(state, gate)
  const looking =
    goGivenAt === undefined
      ? ''
      : `*GO given ${clock(goGivenAt)}, looking once more* at what a machine can check.`
  const title = value(gateStep(state, gate).title)
  return {
    text: `${mentions(askedPeople(state, gate))} ${title} GO or NO-GO? ${settled.length} of ${evidence.length} criteria are met.`,
    blocks: [
      section(headText(state, gate)),
      ...openCriteria(state, gate, { evidence, now, choices }),
      ...aheadBlock(state, gate),
      ...changesBlock(state),
      ...issuesBlock(state),
      section(
        [votesText(state, gate), looking].filter((line) => line !== '').join('\n'),
        undefined,
        VOTES_MAX,
      ),
      ...reasonsToTurnBack(state, gate, now),
      ...actions([
        ...voteButtons(state, gate, choices),
        ...seldomButtons(state, gate, choices),
        ...(failedCriteria(state, gate, now).length > 0 ? rollbackButton(state) : []),
      ]),
    ],
  }
}

/** What this GO would set off, where the runbook or a rehearsal says how long its parts take. */
function aheadBlock(state: CutoverState, gate: string): KnownBlock[] {
  const lines = aheadLines(state, gate)
  return lines.length === 0 ? [] : [section(['*Ahead*', ...lines.map((line) => `• ${line}`)].join('\n'))]
}

const CHANGES_MAX = 5

/** Nobody decides without knowing what was changed although nothing else may. */
function changesBlock(state: CutoverState): KnownBlock[] {
  const changes = changesToWeigh(state)
  if (changes.length === 0) return []
  const lines = changes.slice(-CHANGES_MAX).map((one) => `• ${changeLine(one)}`)
  return [section([`*Changed during the freeze*  ${changes.length}`, ...lines].join('\n'))]
}

const ISSUES_MAX = 5

/** Nobody decides without knowing what is open. */
function issuesBlock(state: CutoverState): KnownBlock[] {
  const open = openIssues(state)
  if (open.length === 0) return []
  const lines = open.slice(0, ISSUES_MAX).map((one) => `• ${one.severity}: ${value(one.text, 120)}`)
  return [section([`*Open issues*  ${open.length}`, ...lines].join('\n'))]
}

function headText(state: CutoverState, gate: string): string {
  const step = gateStep(state, gate)
  const { round, deadline } = gateState(state, gate)
  return `*${value(step.title)}*  ${dotted([
    `round ${round}`,
    `needs ${value(needsText(state, gate), 200)}`,
    deadline !== undefined && `by ${clock(deadline)}`,
  ])}\n${mentions(askedPeople(state, gate))}${runbookLine(state)}`
}

/** Which text people decide about, and who has read it. */
function runbookLine({ plan: { version, reviewedBy } }: CutoverState): string {
  const said = dotted([
    version !== undefined && `version ${value(version, 40)}`,
    reviewedBy !== undefined && `reviewed by ${value(reviewedBy.join(', '), 300)}`,
  ])
  return said === '' ? '' : `\nRunbook: ${said}`
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
  const another = needsAnother(approvers, votersNow(state, gate), state.opener)
  const notAlone = another
    ? ', and one more holder'
    : seatCount(approvers) > 1
      ? ', one of them not the opener'
      : ''
  return `${asked(approvers)}${notAlone}`
}

function askedPeople(state: CutoverState, gate: string): readonly string[] {
  const { approvers } = gateStep(state, gate)
  const voters = votersNow(state, gate)
  const named = Object.keys(approvers).flatMap((role) => (voters[role] ?? []).slice(0, 1))
  const another = needsAnother(approvers, voters, state.opener)
  const people =
    named.length === 0 || another
      ? [...named, ...Object.values(voters).flatMap((one) => one.slice(0, 1))]
      : named
  return [...new Set(people)]
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
  return `*GO*  ${goes.length === 0 ? '–' : goes.map((vote) => voteText(state, gate, vote)).join(' · ')}${carried}\n*NO-GO*  –`
}

function staleText(state: CutoverState, gate: string, { staleBecause = '', staleByRole }: CastVote): string {
  if (staleBecause === CHANGES) return 'a change was allowed'
  return staleByRole === true
    ? `${value(staleBecause, 40)} changed hands`
    : `${value(criterionTitle(state, gate, staleBecause), 80)} turned red`
}

function voteText(state: CutoverState, gate: string, vote: CastVote): string {
  const stale = vote.staleBecause === undefined ? '' : ` (stale: ${staleText(state, gate, vote)})`
  const alone = vote.alone === true ? ' for everybody' : ''
  return `${person(vote.person)} as ${value(vote.role, 40)} ${clock(vote.at)}${alone}${stale}`
}

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
      ...closedCriteria(state, gate, decision.evidence),
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
        `${vote.vote === 'go' ? 'GO' : 'NO-GO'} ${voteText(state, gate, vote)}${vote.reason === undefined ? '' : `: ${value(vote.reason, 160)}`}`,
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
