import type { AnchoredEvent } from '../../app/anchor.ts'
import { anchorText } from '../../app/anchor.ts'
import type { CutoverEvent, Recorded } from '../../domain/events.ts'
import { planStep } from '../../domain/lookup.ts'
import type { Outage } from '../../domain/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { clip, context, section, type Content } from '../blocks.ts'
import { currentPhase } from './phases.ts'
import { opsTitle } from './said.ts'
import { clock, count, dotted, joined, moment, person, value } from './words.ts'

/** What one outage of Slack kept from being seen. */
export interface MissedGiven {
  readonly outage: Outage & { readonly until: number }
  /** The whole record. */
  readonly all: readonly Recorded[]
  /** What was recorded in the outage. */
  readonly events: readonly Recorded[]
  readonly anchors: readonly AnchoredEvent[]
}

type Of<Type extends CutoverEvent['type']> = Recorded<Extract<CutoverEvent, { type: Type }>>

/** A shorter outage in which nothing was done is not worth a message. */
const WORTH_SAYING_MS = 10 * 60_000
const LINES_MAX = 20
const STEPS_MAX = 25
const TEXT_MAX = 2_000

/**
 * One message for the channel of the cutover: what was decided, by whom and by which credential, and what was carried
 * out. Null when there is nothing to tell.
 */
export function missedHere(state: CutoverState, given: MissedGiven): Content | null {
  const { outage, events } = given
  const decided = events.flatMap((event) => said(state, event, given) ?? [])
  const done = carriedOut(state, events)
  const parked = parkedLines(state, events)
  const isShort = outage.until - outage.since < WORTH_SAYING_MS
  if (isShort && decided.length + done.length + parked.length === 0) return null
  const head = `*Slack was away* ${spanText(outage)}: ${value(outage.why)}.`
  return {
    text: `${head.replaceAll('*', '')} ${decided.length === 0 ? 'Nothing was decided meanwhile.' : `${count(decided.length, 'decision')} meanwhile.`}`,
    blocks: [
      section(
        `${head}\nThe cutover did not wait for it. What follows is what came of that; what was overtaken is left out.`,
      ),
      ...listed('Decided meanwhile', decided),
      ...(done.length === 0
        ? []
        : [section(`*Carried out* ${count(done.length, 'step')}: ${shortened(done, STEPS_MAX)}.`)]),
      ...listed('Not said at its time', parked),
      context(nowText(state)),
    ],
  }
}

const spanText = ({ since, until }: MissedGiven['outage']): string =>
  `from ${moment(since)} to ${clock(until)} (${durationText(until - since)})`

function listed(title: string, lines: readonly string[]) {
  if (lines.length === 0) return []
  const more = lines.length - LINES_MAX
  const shown = lines.slice(0, LINES_MAX).map((line) => `• ${line}`)
  return [
    section(
      [`*${title}*`, ...shown, ...(more > 0 ? [`… and ${more} more: \`/cutover timeline\``] : [])].join('\n'),
    ),
  ]
}

function nowText(state: CutoverState): string {
  const current = currentPhase(state)
  const isInPhases = state.status === 'scheduled' || state.status === 'running' || state.status === 'watching'
  return dotted([
    `Now: ${state.status}${state.held === undefined ? '' : ', held'}`,
    isInPhases && current !== undefined && `phase ${current.number}, ${value(current.phase.title, 100)}`,
    'the board and the cards show how it stands',
  ])
}

const shortened = (titles: readonly string[], most: number): string =>
  titles.length <= most
    ? joined(titles)
    : `${titles.slice(0, most).join(', ')} and ${titles.length - most} more`

/** What was done and still counts as done; what was undone again is no news. */
function carriedOut(state: CutoverState, events: readonly Recorded[]): readonly string[] {
  const ended = events.flatMap((event) => {
    if (event.type === 'step ticked' && event.data.result === 'done')
      return [{ id: event.data.step, by: byText(event) }]
    if (event.type === 'attempt ended' && event.data.outcome === 'succeeded') {
      const step = state.attempts[event.data.attempt]?.step ?? ''
      return state.plan.steps[step]?.kind === 'run' ? [{ id: step, by: '' }] : []
    }
    return []
  })
  const last = new Map(ended.map(({ id, by }) => [id, by] as const))
  return [...last].flatMap(([id, by]) =>
    state.steps[id]?.status === 'done' ? [`${title(state, id)}${by === '' ? '' : ` by ${by}`}`] : [],
  )
}

const title = (state: CutoverState, step: string): string => value(planStep(state, step).title, 100)

/** `@ana (command line)`. */
function byText({ actor }: Recorded): string {
  if (actor.kind !== 'person') return ''
  return `${person(actor.person)} (${actor.via === 'cli' ? 'command line' : 'Slack'})`
}

/** Decisions, in a line each; everything else is shown by how it stands. */
function said(state: CutoverState, event: Recorded, given: MissedGiven): string | undefined {
  const text = event.type === 'gate decided' ? gateText(state, event, given) : lifeText(state, event)
  if (text === undefined) return undefined
  return dotted([clock(event.at), text, event.type !== 'gate decided' && byText(event)])
}

function gateText(state: CutoverState, event: Of<'gate decided'>, { all, anchors }: MissedGiven): string {
  const { gate, round, decision, reason } = event.data
  const votes = all.filter(
    (one): one is Of<'vote cast'> =>
      one.type === 'vote cast' &&
      one.data.gate === gate &&
      one.data.round === round &&
      one.data.vote === decision,
  )
  const voters = [...new Set(votes.map(byText))]
  const anchor = anchors.find(({ position }) => position === event.position)
  return dotted([
    `*${decision === 'go' ? 'GO' : 'NO-GO'}* on ${title(state, gate)}`,
    voters.length > 0 && `by ${joined(voters)}`,
    reason !== undefined && value(reason, 200),
    anchor !== undefined && `record \`${anchorText(anchor)}\``,
  ])
}

/** What people decided beside gates, and what became of the whole. */
function lifeText(state: CutoverState, event: Recorded): string | undefined {
  switch (event.type) {
    case 'cutover held':
      return `held: ${value(event.data.reason, 200)}`
    case 'cutover resumed':
      return 'resumed'
    case 'cutover postponed':
    case 'cutover abandoned':
      return `*${event.type.slice('cutover '.length)}*: ${value(event.data.reason, 200)}`
    case 'cutover rescheduled':
      return `planned for ${moment(event.data.plannedStart)}: ${value(event.data.reason, 200)}`
    case 'cutover guarded':
      return '*completed*'
    case 'cutover closed':
      return '*closed*'
    case 'rollback started':
      return `*rolled back*: ${value(event.data.reason, 200)}`
    case 'rollback option taken':
      return `another way back: ${value(event.data.reason, 200)}`
    case 'rollback finished':
      return '*the way back was finished*'
    case 'role assigned':
      return `role ${value(event.data.role)} handed to ${person(event.data.holder.person)}`
    case 'option chosen':
      return `“${value(state.plan.choices[event.data.choice]?.question ?? event.data.choice, 100)}”: ${value(event.data.option)}`
    default:
      return stepText(state, event)
  }
}

function stepText(state: CutoverState, event: Recorded): string | undefined {
  switch (event.type) {
    case 'step skipped':
      return `${title(state, event.data.step)} skipped: ${value(event.data.reason, 200)}`
    case 'step overridden':
      return `${title(state, event.data.step)} gone on from: ${value(event.data.reason, 200)}`
    case 'step marked':
      return `${title(state, event.data.step)} declared ${event.data.outcome}: ${value(event.data.reason, 200)}`
    case 'step moved':
      return `${title(state, event.data.step)} moved to ${moment(event.data.to)}: ${value(event.data.reason, 200)}`
    case 'criterion overridden':
      return `a criterion of ${title(state, event.data.gate)} overridden: ${value(event.data.reason, 200)}`
    case 'cancel requested':
      return `${title(state, state.attempts[event.data.attempt]?.step ?? '')} cancelled: ${value(event.data.reason, 200)}`
    case 'round closed':
      return `the round of ${title(state, event.data.gate)} ended without a decision`
    default:
      return undefined
  }
}

type Parked = Of<'notice parked'>

/** Notices whose turn came while Slack was away; of one that came up again and again the last. */
const parkedOf = (events: readonly Recorded[]): readonly Parked[] => {
  const parked = events.filter((event): event is Parked => event.type === 'notice parked')
  return [...new Map(parked.map((one) => [`${one.data.step}/${one.data.audience}`, one] as const)).values()]
}

const parkedLines = (state: CutoverState, events: readonly Recorded[]): readonly string[] =>
  parkedOf(events).map(
    ({ at, data }) =>
      `${clock(at)} · ${title(state, data.step)}, to ${value(data.to.join(', '))}: it hears of it now`,
  )

/** One message for each other channel that was to hear something. */
export function missedElsewhere(
  state: CutoverState,
  { outage, events, anchors, all }: MissedGiven,
): Readonly<Record<string, Content>> {
  const parked = parkedOf(events)
  const decided = events.flatMap((event) =>
    event.type === 'gate decided'
      ? [`${clock(event.at)} · ${gateText(state, event, { outage, events, anchors, all })}`]
      : [],
  )
  const ops = decided.length === 0 ? [] : (state.plan.audiences['ops']?.slack ?? [])
  const channels = [...new Set([...ops, ...parked.flatMap(({ data }) => data.to)])]
  return Object.fromEntries(
    channels.map((channel) => {
      const own = parked.filter(({ data }) => data.to.includes(channel))
      return [channel, elsewhere(state, outage, ops.includes(channel) ? decided : [], own)]
    }),
  )
}

/** The last notice in full, the earlier ones by their titles. */
function elsewhere(
  state: CutoverState,
  outage: MissedGiven['outage'],
  decided: readonly string[],
  parked: readonly Parked[],
): Content {
  const head = `${opsTitle(state)}: Slack was away ${spanText(outage)}.`
  const last = parked.at(-1)
  const earlier = parked.slice(0, -1).map(({ at, data }) => `${clock(at)} · ${title(state, data.step)}`)
  return {
    text: head,
    blocks: [
      section(head),
      ...listed('Decided meanwhile', decided),
      ...listed('Told by other ways meanwhile', earlier),
      // It was written for Slack when its time had come, and is said as it was.
      ...(last === undefined ? [] : [section(`*${clock(last.at)}*\n${clip(last.data.text, TEXT_MAX)}`)]),
    ],
  }
}
