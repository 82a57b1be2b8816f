import type { Recorded } from '../events.ts'
import type { CutoverState } from '../state.ts'
import type { TeamEvent } from './events.ts'
import { changeStep } from '../evolve/patch.ts'
import { ackKey } from './acks.ts'
import type { FollowUp, Issue } from './state.ts'

type Of<Type extends TeamEvent['type']> = Recorded<Extract<TeamEvent, { type: Type }>>

export function team(state: CutoverState, event: Recorded<TeamEvent>): CutoverState {
  switch (event.type) {
    case 'issue opened':
      return { ...state, issues: [...state.issues, issueOf(event)] }
    case 'issue changed': {
      const { issue, ...change } = event.data
      return changeIssue(state, issue, (one) => ({ ...one, ...change }))
    }
    case 'issue closed': {
      const { issue, text } = event.data
      const resolution = text === undefined ? {} : { resolution: text }
      return changeIssue(state, issue, (one) => ({
        ...one,
        closedAt: event.at,
        closedBy: event.actor,
        ...resolution,
      }))
    }
    case 'escalation began':
    case 'escalation raised':
    case 'escalation taken':
    case 'escalation ended':
      return escalation(state, event)
    case 'ack asked':
    case 'role acknowledged':
      return ack(state, event)
    case 'checkpoint passed':
    case 'checkpoint failed':
    case 'checkpoint accepted':
      return checkpoint(state, event)
    case 'shift began': {
      const { n, role, until } = event.data
      return { ...state, shift: { n, role, from: event.at, until } }
    }
    case 'change allowed':
      return changeAllowed(state, event)
    default:
      return afterwards(state, event)
  }
}

function issueOf({ data, at, actor }: Of<'issue opened'>): Issue {
  const { issue, ...rest } = data
  return { id: issue, ...rest, at, by: actor }
}

const changeIssue = (state: CutoverState, id: string, change: (issue: Issue) => Issue): CutoverState => ({
  ...state,
  issues: state.issues.map((one) => (one.id === id ? change(one) : one)),
})

type EscalationEvent = Of<'escalation began' | 'escalation raised' | 'escalation taken' | 'escalation ended'>

function escalation(state: CutoverState, event: EscalationEvent): CutoverState {
  const { subject } = event.data
  const others = Object.entries(state.escalations).filter(([other]) => other !== subject)
  if (event.type === 'escalation ended') return { ...state, escalations: Object.fromEntries(others) }
  const before = state.escalations[subject] ?? { since: event.at, level: 0 }
  const now =
    event.type === 'escalation raised'
      ? { ...before, level: event.data.level }
      : event.type === 'escalation taken'
        ? { ...before, taken: { by: event.actor, at: event.at } }
        : { since: event.at, level: 0 }
  return { ...state, escalations: { ...state.escalations, [subject]: now } }
}

function ack(state: CutoverState, event: Of<'ack asked' | 'role acknowledged'>): CutoverState {
  const { role, says, person } = event.data
  const key = ackKey(role, says)
  const before = state.acks[key]
  const asked = { n: before?.n ?? 0, askedOf: person, askedAt: before?.askedAt ?? event.at }
  const now =
    event.type === 'ack asked'
      ? { n: (before?.n ?? 0) + 1, askedOf: person, askedAt: event.at }
      : { ...asked, answer: { answer: event.data.answer, by: event.actor, at: event.at } }
  return { ...state, acks: { ...state.acks, [key]: now } }
}

type CheckpointEvent = Of<'checkpoint passed' | 'checkpoint failed' | 'checkpoint accepted'>

function checkpoint(state: CutoverState, event: CheckpointEvent): CutoverState {
  const { phase } = event.data
  const before = state.checkpoints[phase]
  if (event.type !== 'checkpoint accepted') {
    const { phase: _, ...seen } = event.data
    const result = event.type === 'checkpoint passed' ? ('passed' as const) : ('failed' as const)
    return { ...state, checkpoints: { ...state.checkpoints, [phase]: { result, at: event.at, ...seen } } }
  }
  if (before === undefined) return state
  const accepted = { by: event.actor, at: event.at, reason: event.data.reason }
  return { ...state, checkpoints: { ...state.checkpoints, [phase]: { ...before, accepted } } }
}

/** A GO button that was drawn before it is an old one. */
function changeAllowed(state: CutoverState, event: Of<'change allowed'>): CutoverState {
  const change = { at: event.at, by: event.actor, ...event.data }
  const known = { ...state, changes: [...state.changes, change] }
  const open = Object.keys(state.gates).filter((gate) => state.gates[gate]?.open === true)
  return open.reduce<CutoverState>((next, gate) => changeStep(next, gate, event, (step) => step), known)
}

type Afterwards = Of<
  | 'follow-up opened'
  | 'follow-up closed'
  | 'follow-up waived'
  | 'follow-up reminded'
  | 'debrief given'
  | 'cutover forgotten'
  | 'user report filed'
>

function afterwards(state: CutoverState, event: Afterwards): CutoverState {
  const by = event.actor
  const { at } = event
  switch (event.type) {
    case 'follow-up opened': {
      const { followUp, ...rest } = event.data
      const opened: FollowUp = { id: followUp, ...rest, openedAt: at, openedBy: by, reminders: 0 }
      return { ...state, followUps: [...state.followUps, opened] }
    }
    case 'follow-up reminded':
      return changeFollowUp(state, event.data.followUp, (one) => ({
        ...one,
        reminders: one.reminders + 1,
        remindedAt: at,
      }))
    case 'follow-up closed': {
      const { followUp, text } = event.data
      const closed = { by, at, waived: false, ...(text !== undefined && { text }) }
      return changeFollowUp(state, followUp, (one) => ({ ...one, closed }))
    }
    case 'follow-up waived': {
      const { followUp, reason } = event.data
      const closed = { by, at, waived: true, text: reason }
      return changeFollowUp(state, followUp, (one) => ({ ...one, closed }))
    }
    case 'cutover forgotten':
      return { ...state, forgottenAt: at }
    case 'debrief given':
      return { ...state, debriefs: [...state.debriefs, { by, at, ...event.data }] }
    case 'user report filed':
      return { ...state, userReports: [...state.userReports, { by, at, ...event.data }] }
  }
}

const changeFollowUp = (
  state: CutoverState,
  id: string,
  change: (followUp: FollowUp) => FollowUp,
): CutoverState => ({
  ...state,
  followUps: state.followUps.map((one) => (one.id === id ? change(one) : one)),
})

/** Who takes a role over is asked for themselves. */
export function askAnew(state: CutoverState, role: string): CutoverState {
  const acks = Object.entries(state.acks).map(([key, one]) => {
    const isTheirs = key.startsWith(`${role}/`) && one.askedOf !== state.holders[role]?.person
    if (!isTheirs) return [key, one] as const
    const { answer: _, ...unanswered } = one
    return [key, unanswered] as const
  })
  return { ...state, acks: Object.fromEntries(acks) }
}

/** Another date needs other promises; what was asked before stays numbered, so that it is asked as something new. */
export function forAnotherDate(state: CutoverState): CutoverState {
  const acks = Object.entries(state.acks).map(([key, { n }]) => [key, { n, askedOf: '', askedAt: 0 }])
  return { ...state, acks: Object.fromEntries(acks), checkpoints: {}, escalations: {} }
}
