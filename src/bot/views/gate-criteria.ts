import type { Button, KnownBlock } from '@slack/types'
import { stepChoices, type GateChoices } from '../../domain/choices.ts'
import { criteriaOf, isFailure } from '../../domain/criteria.ts'
import { gateState } from '../../domain/lookup.ts'
import type { CriterionAction } from '../../domain/permissions.ts'
import type { Criterion, Instant } from '../../domain/plan.ts'
import type { CutoverState, Evidence } from '../../domain/state.ts'
import { ackKey } from '../../domain/team/acks.ts'
import { CHANGES } from '../../domain/team/changes.ts'
import { criterionMatter } from '../../domain/two-people.ts'
import { cutForSlack } from '../../templates/slack-text.ts'
import { button, clip, section, type ButtonSpec } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue, gateValue, stepValue } from './buttons.ts'
import { ackTitle, followUpTitle } from './team-words.ts'
import { actor, ago, clock, dotted, person, value } from './words.ts'

/** Criteria with a button at their right; the rest are lines of text. Keeps a card below 45 blocks. */
const ROWS_MAX = 15
const LINE_MAX = 420
/** What all of them may take; the rest is in the timeline. */
const ALL_MAX = 6_500
const SECTION_MAX = 2_400
/** Evidence on a card; the timeline keeps it whole. */
const ANSWER_MAX = 80

interface Row {
  readonly line: string
  readonly accessory?: Button
}

/** The criteria of an open round in the order of the runbook: a line each, what may be done about it at its right. */
export function openCriteria(
  state: CutoverState,
  gate: string,
  given: { readonly evidence: readonly Evidence[]; readonly now: Instant; readonly choices: GateChoices },
): KnownBlock[] {
  let left = ROWS_MAX
  const rows = given.evidence.map((one): Row => {
    const criterion = criteriaOf(state, gate).find((other) => other.id === one.criterion)
    const line = `${criterionLine(state, gate, one, given.now)}${confirmerText(state, one, criterion)}${askedText(state, gate, one)}`
    const accessory = left > 0 ? buttonOf(state, gate, { one, criterion, choices: given.choices }) : undefined
    if (accessory === undefined) return { line }
    left -= 1
    return { line, accessory }
  })
  return rowBlocks(rows)
}

/** The criteria of a round that is over: the record, and nothing to press. */
export const closedCriteria = (
  state: CutoverState,
  gate: string,
  evidence: readonly Evidence[],
): KnownBlock[] => rowBlocks(evidence.map((one) => ({ line: criterionLine(state, gate, one, null) })))

/** Lines without a button share a section; what no longer fits is counted. */
function rowBlocks(rows: readonly Row[]): KnownBlock[] {
  const blocks: KnownBlock[] = []
  let lines: string[] = []
  let length = 0
  const flush = (): void => {
    if (lines.length > 0) blocks.push(section(lines.join('\n')))
    lines = []
  }
  for (const [index, { line, accessory }] of rows.entries()) {
    const shown = cutForSlack(line, LINE_MAX)
    length += shown.length + 1
    if (length > ALL_MAX) {
      lines.push(`… and ${rows.length - index} more`)
      break
    }
    const isLong = lines.join('\n').length + shown.length > SECTION_MAX
    if (accessory !== undefined || isLong) flush()
    if (accessory === undefined) lines.push(shown)
    else blocks.push(section(shown, accessory))
  }
  flush()
  return blocks
}

/** With its age while it is open (`now`), with its time once it is decided (null). */
function criterionLine(state: CutoverState, gate: string, one: Evidence, now: Instant | null): string {
  const criterion = criteriaOf(state, gate).find((other) => other.id === one.criterion)
  const override = gateState(state, gate).overridden[one.criterion]
  const by =
    one.overridden === true && override !== undefined
      ? `overridden by ${actor(override.by)}: ${value(override.reason, 120)}`
      : ''
  return dotted([
    `${signOf(state, gate, one, criterion)}  *${value(criterionTitle(state, gate, one.criterion), 120)}*`,
    answerText(one.answer),
    one.at !== undefined && (now === null ? clock(one.at) : ago(one.at, now)),
    by,
  ])
}

/** Answers hold mentions that the domain wrote; everything else in them is escaped. */
function answerText(answer: string): string {
  let left = ANSWER_MAX
  const parts = answer.split(/(<@[A-Z0-9]+>)/).map((part) => {
    if (/^<@[A-Z0-9]+>$/.test(part)) return part
    const shown = left > 0 ? clip(part, left) : ''
    left -= part.length
    return value(shown)
  })
  return parts.join(' ').trim()
}

function signOf(state: CutoverState, gate: string, one: Evidence, criterion: Criterion | undefined): string {
  if (one.overridden === true) return '! overridden'
  if (isFailure(state.plan, gate, one.criterion)) return one.met ? '✓ has not happened:' : '✗ HAS HAPPENED:'
  if (one.met) return '✓ met'
  return criterion?.kind === 'confirm' || one.at === undefined ? '· open' : '✗ NOT MET'
}

/** Who is asked, by name; a role that nobody holds by its title. */
function confirmerText(state: CutoverState, one: Evidence, criterion: Criterion | undefined): string {
  const isOpen = !one.met && one.overridden !== true
  if (!isOpen || criterion?.kind !== 'confirm' || criterion.by === undefined) return ''
  const holder = state.holders[criterion.by]?.person
  const title = state.plan.roles[criterion.by]?.title ?? criterion.by
  return ` (${holder === undefined ? value(title, 60) : person(holder)} confirms)`
}

/** The first of two who go on from red. */
function askedText(state: CutoverState, gate: string, one: Evidence): string {
  if (one.met || one.overridden === true) return ''
  const { asked } = criterionMatter(state, gate, one.criterion)
  return asked === undefined
    ? ''
    : `\n${actor(asked.by)} wants to override it: ${value(asked.reason, 120)}. *A second person must confirm.*`
}

/** Confirming or looking again: the one thing that this line waits for. */
function buttonOf(
  state: CutoverState,
  gate: string,
  of: {
    readonly one: Evidence
    readonly criterion: Criterion | undefined
    readonly choices: GateChoices
  },
): Button | undefined {
  const { one, criterion, choices } = of
  const allowed = choices.criteria[one.criterion] ?? []
  const common = {
    about: criterionTitle(state, gate, one.criterion),
    value: gateValue(state, gate, one.criterion),
  }
  if (isFailure(state.plan, gate, one.criterion) && allowed.includes('confirm'))
    return button({ ...common, action: ACTIONS.confirm, label: 'It has happened' })
  const isOpen = !one.met && one.overridden !== true
  if (!isOpen) return undefined
  if (criterion?.kind === 'ack') return ackButton(state, criterion)
  if (criterion?.kind === 'follow-up') return followUpButton(state, criterion.followUp)
  if (allowed.includes('confirm')) return button({ ...common, action: ACTIONS.confirm, label: 'Confirm' })
  return lookButton(state, criterion, common.about)
}

function ackButton(
  state: CutoverState,
  { role, says }: Extract<Criterion, { kind: 'ack' }>,
): Button | undefined {
  const asked = state.acks[ackKey(role, says)]?.askedOf
  if (asked === undefined || asked !== state.holders[role]?.person) return undefined
  const label = says === 'available' ? 'I am available' : 'I am here'
  return button({ action: ACTIONS.ackYes, label, value: cutoverValue(state, `${role}/${says}`) })
}

function followUpButton(state: CutoverState, id: string): Button | undefined {
  const isOpen = state.followUps.some((one) => one.id === id && one.closed === undefined)
  if (!isOpen) return undefined
  return button({ action: ACTIONS.closeFollowUp, label: 'Done…', value: cutoverValue(state, id) })
}

function lookButton(
  state: CutoverState,
  criterion: Criterion | undefined,
  about: string,
): Button | undefined {
  if (criterion?.kind !== 'step' || state.plan.steps[criterion.step]?.kind !== 'check') return undefined
  if (!stepChoices(state, criterion.step).includes('run')) return undefined
  return button({ action: ACTIONS.look, label: 'Look again', about, value: stepValue(state, criterion.step) })
}

/**
 * What is seldom wanted, once for the whole card: going on from red, taking a confirmation back. Each has a form that
 * says of which criterion.
 */
export const seldomButtons = (state: CutoverState, gate: string, choices: GateChoices): Button[] => [
  ...oneButton(state, gate, criteriaWith(choices, 'override'), OVERRIDE),
  ...oneButton(state, gate, criteriaWith(choices, 'unconfirm'), TAKE_BACK),
]

const OVERRIDE = { action: ACTIONS.overrideCriterion, label: 'Override…' } as const
const TAKE_BACK = { action: ACTIONS.unconfirm, label: 'Take back…' } as const

function oneButton(
  state: CutoverState,
  gate: string,
  [first, ...others]: readonly string[],
  spec: Pick<ButtonSpec, 'action' | 'label'>,
): Button[] {
  if (first === undefined) return []
  const about = others.length > 0 ? 'a criterion' : criterionTitle(state, gate, first)
  return [button({ ...spec, about, value: gateValue(state, gate, first) })]
}

/** Criteria that this may be done to now, by id. */
export const criteriaWith = (choices: GateChoices, action: CriterionAction): readonly string[] =>
  Object.keys(choices.criteria).filter((id) => choices.criteria[id]?.includes(action) === true)

export function criterionTitle(state: CutoverState, gate: string, id: string): string {
  const criterion = criteriaOf(state, gate).find((one) => one.id === id)
  switch (criterion?.kind) {
    case undefined:
      return id === CHANGES ? CHANGES_TITLE : id
    case 'changes':
      return CHANGES_TITLE
    case 'step':
      return state.plan.steps[criterion.step]?.title ?? watchTitle(state, criterion.step)
    case 'confirm':
      return criterion.text
    case 'rehearsed':
      return criterion.rollback ? 'Rehearsed, there and back' : 'Rehearsed'
    case 'objective':
      return OBJECTIVES[criterion.id]
    case 'ack':
      return ackTitle(state, criterion)
    case 'follow-up':
      return followUpTitle(state.plan, criterion.followUp)
  }
}

const CHANGES_TITLE = 'Changed during the freeze'

const OBJECTIVES = {
  rto: 'Restoring fits its objective (RTO)',
  rpo: 'What restoring would lose fits its objective (RPO)',
} as const

function watchTitle(state: CutoverState, id: string): string {
  const checks = Object.values(state.plan.steps).flatMap((step) => (step.kind === 'watch' ? step.checks : []))
  return checks.find((check) => check.id === id)?.title ?? id
}
