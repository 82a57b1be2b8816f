import { gateState, isSatisfied, stepState } from '../lookup.ts'
import { perPlan } from '../per-plan.ts'
import type { Criterion, Instant, PersonId, Plan } from '../plan.ts'
import { COMPLETE } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { plannedAt } from '../time.ts'
import type { TeamEvent } from './events.ts'
import type { Ack, AckSays } from './state.ts'

const DAY_MS = 24 * 60 * 60_000

export const ackKey = (role: string, says: AckSays): string => `${role}/${says}`

/** One thing that a holder is asked to say, and the gates that rest on it. */
export interface AckAsk {
  readonly role: string
  readonly says: AckSays
  readonly gates: readonly string[]
}

/** Everything that some gate of the plan wants acknowledged, each role and word once. */
export const acksAsked = perPlan((plan): readonly AckAsk[] => {
  const found = new Map<string, AckAsk>()
  for (const [gate, criteria] of criteriaByGate(plan)) {
    for (const one of criteria) {
      if (one.kind !== 'ack') continue
      const key = ackKey(one.role, one.says)
      const gates = [...(found.get(key)?.gates ?? []), gate]
      found.set(key, { role: one.role, says: one.says, gates: [...new Set(gates)] })
    }
  }
  return [...found.values()]
})

function criteriaByGate(plan: Plan): readonly (readonly [string, readonly Criterion[]])[] {
  const gates = Object.values(plan.steps).flatMap((step) =>
    step.kind === 'decide' ? [[step.id, step.criteria] as const] : [],
  )
  return [...gates, [COMPLETE, [...plan.success, ...plan.failure]]]
}

/**
 * When a holder is asked: for the day, a day before the first gate that rests on it; whether they are there, when the
 * time of that gate's phase has come or the gate opens. Null: not before its gate opens.
 */
export function askedFrom(state: CutoverState, ask: AckAsk): Instant | null {
  const open = ask.gates.filter((gate) => gateState(state, gate).open)
  if (open.length > 0) return state.openedAt
  const undecided = ask.gates.filter((gate) => !isSatisfied(stepState(state, gate).status))
  const times = undecided.flatMap((gate) => plannedTime(state, gate, ask.says) ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

function plannedTime(state: CutoverState, gate: string, says: AckSays): Instant | null {
  const planned = gate === COMPLETE ? null : plannedAt(state, gate)
  if (says === 'present') return planned
  return (planned ?? state.plannedStart) - DAY_MS
}

const UNDER_WAY: readonly CutoverState['status'][] = ['scheduled', 'running', 'watching', 'guarded']

/** Holders whose word is due and who have not been asked for it. */
export function acksBecomeDue(state: CutoverState, now: Instant): readonly TeamEvent[] {
  return toAsk(state).flatMap(({ ask, person }): TeamEvent[] => {
    const from = askedFrom(state, ask)
    if (from === null || from > now) return []
    return [{ type: 'ack asked', data: { role: ask.role, says: ask.says, person } }]
  })
}

export const ackTimes = (state: CutoverState): readonly (Instant | null)[] =>
  toAsk(state).map(({ ask }) => askedFrom(state, ask))

function toAsk(state: CutoverState): readonly { readonly ask: AckAsk; readonly person: PersonId }[] {
  if (!UNDER_WAY.includes(state.status)) return []
  return acksAsked(state.plan).flatMap((ask) => {
    const person = state.holders[ask.role]?.person
    const asked = state.acks[ackKey(ask.role, ask.says)]?.askedOf
    return person === undefined || asked === person ? [] : [{ ask, person }]
  })
}

/** Asked of the one who holds the role now, and not answered. */
export function unansweredAcks(state: CutoverState): readonly { readonly ask: AckAsk; readonly ack: Ack }[] {
  if (!UNDER_WAY.includes(state.status)) return []
  return acksAsked(state.plan).flatMap((ask) => {
    const ack = state.acks[ackKey(ask.role, ask.says)]
    const isTheirs = ack !== undefined && ack.askedOf === state.holders[ask.role]?.person
    return isTheirs && ack.answer === undefined ? [{ ask, ack }] : []
  })
}

/** What a criterion shows: people are `<@U…>`, as everywhere in answers. */
export function ackShown(
  state: CutoverState,
  { role, says }: { readonly role: string; readonly says: AckSays },
): { readonly met: boolean; readonly answer: string; readonly at?: Instant } {
  const holder = state.holders[role]
  if (holder === undefined) return { met: false, answer: `nobody holds ${role}` }
  const ack = state.acks[ackKey(role, says)]
  const answer = ack?.askedOf === holder.person ? ack.answer : undefined
  const who = mention(holder.person)
  if (answer?.answer === 'yes') return { met: true, answer: `${who} is ${says}`, at: answer.at }
  const instead =
    holder.backup === undefined ? 'no stand-in is named' : `ask the stand-in ${mention(holder.backup)}`
  return answer === undefined
    ? { met: false, answer: `${who} has not said so; ${instead}` }
    : { met: false, answer: `${who} is not ${says}; ${instead}`, at: answer.at }
}

const mention = (person: PersonId): string => (person === 'rehearsal' ? 'rehearsal' : `<@${person}>`)

/** Availability may be promised before it is asked for; that somebody is here, only when the time has come. */
export const canAnswer = (state: CutoverState, { role, says }: AckAsk): boolean => {
  const asked = state.acks[ackKey(role, says)]?.askedOf
  return says === 'available' || (asked !== undefined && asked === state.holders[role]?.person)
}
