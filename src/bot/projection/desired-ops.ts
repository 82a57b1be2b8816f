import type { CutoverState } from '../../domain/state.ts'
import { opsDecisionLine } from '../views/decision.ts'
import { currentPhase } from '../views/phases.ts'
import { opsPhaseLine, opsStatusLine } from '../views/said.ts'
import { wasMissed } from './desired-missed.ts'
import { era, type DesiredMessage, type Look } from './kinds.ts'

/** The first notice of a cutover in a channel: what is said there later hangs on it. */
export const START_NOTICE = 'start notice'

/** Channels of the audience `ops`: the people beside the team who are told as it goes. */
export const opsChannels = (state: CutoverState): readonly string[] =>
  state.plan.audiences['ops']?.slack ?? []

/** One line for each phase and each state that begins and for each decision, and the timeline at the end. */
export const opsMessages = (state: CutoverState, look: Look): readonly DesiredMessage[] =>
  opsChannels(state).flatMap((channel) => [
    ...phaseLine(state, channel, look),
    ...decisionLines(state, channel, look),
    ...statusLine(state, channel, look),
    ...(look.timeline === undefined
      ? []
      : [{ ...common('timeline', channel), content: look.timeline.content, basis: look.timeline.basis }]),
  ])

const keyOf = (name: string, channel: string): string => `ops/${channel}/${name}`

const common = (name: string, channel: string) =>
  ({
    kind: 'message',
    key: keyOf(name, channel),
    channel,
    thread: START_NOTICE,
    priority: 'progress',
  }) as const

/** Only while the cutover is under way: what is prepared days before is the team's own business. */
function phaseLine(state: CutoverState, channel: string, { now }: Look): readonly DesiredMessage[] {
  const current = currentPhase(state)
  const isUnderWay = state.status === 'running' || state.status === 'watching'
  if (!isUnderWay || current === undefined) return []
  const content = opsPhaseLine(state, current.phase, now)
  return [{ ...common(`phase/${current.phase.id}${era(state)}`, channel), content, settled: true }]
}

/** With the place of the decision in the record: whoever reads it there can hold the record to it. */
const decisionLines = (state: CutoverState, channel: string, look: Look): readonly DesiredMessage[] =>
  look.anchors.flatMap(({ event, ...anchor }) => {
    if (event.type !== 'gate decided') return []
    const { gate, round } = event.data
    const isToldAtOnce =
      wasMissed(look, event.at) && !look.posted.has(keyOf(`decision/${gate}/${round}`, channel))
    if (isToldAtOnce) return []
    const content = opsDecisionLine(state, event, anchor)
    return [{ ...common(`decision/${gate}/${round}`, channel), content, settled: true }]
  })

function statusLine(state: CutoverState, channel: string, { now }: Look): readonly DesiredMessage[] {
  const content = opsStatusLine(state, now)
  if (content === null) return []
  const at = state.rollback === undefined ? '' : `/${state.rollback.startedAt.toString(36)}`
  return [{ ...common(`status/${state.status}${at}${era(state)}`, channel), content, settled: true }]
}
