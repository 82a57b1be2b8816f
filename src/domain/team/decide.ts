import type { Decision, Refusal } from '../commands.ts'
import { accept, badReason, badText, no, unknownStep } from '../decide/deciding.ts'
import type { By } from '../decide/deciding.ts'
import type { CutoverEvent } from '../events.ts'
import { gateState } from '../lookup.ts'
import { mayCutover } from '../may.ts'
import { holds } from '../people.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { standingVotes } from '../votes.ts'
import { ackKey, acksAsked, canAnswer } from './acks.ts'
import { debriefUntil } from './afterwards.ts'
import { CHANGES } from './changes.ts'
import { failedCheckpoints } from './checkpoints.ts'
import type { TeamCommand } from './commands.ts'
import type { TeamEvent } from './events.ts'
import { nextIssue } from './issues.ts'

type Of<Type extends TeamCommand['type']> = Extract<TeamCommand, { type: Type }>

const DEFAULT_DUE_MS = 7 * 24 * 60 * 60_000

/** What people may say of issues, troubles, themselves, and what is left to do. */
export function decideTeam(state: CutoverState, command: TeamCommand, by: By): Decision {
  const refused = mayCutover(state, command.type, by.person)
  if (refused !== null) return no(refused)
  switch (command.type) {
    case 'issue':
      return issue(state, command)
    case 'change issue':
      return changeIssue(state, command)
    case 'close issue':
      return closeIssue(state, command)
    case 'take on':
      return takeOn(state, command, by)
    case 'ack':
      return ack(state, command, by)
    case 'accept checkpoint':
      return acceptCheckpoint(state, command)
    case 'add follow-up':
      return addFollowUp(state, command, by)
    case 'close follow-up':
      return closeFollowUp(state, command)
    case 'waive follow-up':
      return waiveFollowUp(state, command)
    case 'debrief':
      return debrief(state, command, by)
    case 'user report':
      return userReport(command)
    case 'allow change':
      return allowChange(state, command)
    case 'forget':
      return accept({ type: 'cutover forgotten', data: {} })
  }
}

const noText = (what: string, text: string): Refusal | null =>
  text.trim() === '' ? refusal('text not usable', { what, why: 'it is empty' }) : badText(what, text)

/** The keys that are there, and nothing else. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

function issue(state: CutoverState, command: Of<'issue'>): Decision {
  const { text, step, severity = 'medium', kind = 'technical', owner } = command
  const refused =
    (step === undefined ? null : unknownStep(state, step)) ??
    noText('issue', text) ??
    badText('owner', owner ?? '')
  if (refused !== null) return no(refused)
  const data = { issue: nextIssue(state), text, severity, kind, ...present({ step, owner }) }
  return accept({ type: 'issue opened', data })
}

const openIssue = (state: CutoverState, id: string) =>
  state.issues.find((one) => one.id === id && one.closedAt === undefined)

function changeIssue(state: CutoverState, command: Of<'change issue'>): Decision {
  const { issue: id, severity, kind, owner, text } = command
  const now = openIssue(state, id)
  if (now === undefined) return no(refusal('issue unknown', { issue: id }))
  const refused = badText('owner', owner ?? '') ?? (text === undefined ? null : noText('issue', text))
  if (refused !== null) return no(refused)
  const said = present({ severity, kind, owner, text })
  const changed = Object.entries(said).filter(([key, value]) => now[key as keyof typeof said] !== value)
  if (changed.length === 0) return accept()
  return accept({ type: 'issue changed', data: { issue: id, ...Object.fromEntries(changed) } })
}

function closeIssue(state: CutoverState, { issue: id, text }: Of<'close issue'>): Decision {
  const refused =
    openIssue(state, id) === undefined ? refusal('issue unknown', { issue: id }) : badText('note', text ?? '')
  if (refused !== null) return no(refused)
  return accept({ type: 'issue closed', data: { issue: id, ...present({ text }) } })
}

/** Whoever takes on an issue owns it, unless somebody does. */
function takeOn(state: CutoverState, { subject }: Of<'take on'>, by: By): Decision {
  const open = Object.entries(state.escalations).filter(([, clock]) => clock.taken === undefined)
  const meant = open.filter(([one]) => subject === undefined || one === subject).map(([one]) => one)
  if (meant.length === 0) return no(refusal('nothing to take on', { subject: subject ?? 'nothing' }))
  const events = meant.flatMap((one): TeamEvent[] => {
    const id = one.startsWith('issue/') ? one.slice('issue/'.length) : ''
    const owned = openIssue(state, id)
    const owns = owned !== undefined && owned.owner === undefined
    return [
      { type: 'escalation taken', data: { subject: one } },
      ...(owns ? [{ type: 'issue changed' as const, data: { issue: id, owner: by.person } }] : []),
    ]
  })
  return accept(...events)
}

function ack(state: CutoverState, command: Of<'ack'>, by: By): Decision {
  const { role, says, answer = 'yes' } = command
  const asks = acksAsked(state.plan).filter(
    (one) => (role === undefined || one.role === role) && (says === undefined || one.says === says),
  )
  const known = acksAsked(state.plan).map((one) => `${one.role} ${one.says}`)
  if (asks.length === 0) return no(refusal('not asked', { role: role ?? says ?? '', known }))
  const theirs = asks.filter((one) => holds(state, by.person, one.role))
  const [first] = asks
  if (theirs.length === 0 && first !== undefined) return no(refusal('not confirmer', { role: first.role }))
  const meant = theirs.filter((one) => answer === 'no' || canAnswer(state, one))
  if (meant.length === 0) return no(refusal('asked later', { role: first?.role ?? '' }))
  const events = meant
    .filter((one) => state.acks[ackKey(one.role, one.says)]?.answer?.answer !== answer)
    .map((one): TeamEvent => {
      const person = state.holders[one.role]?.person ?? by.person
      return { type: 'role acknowledged', data: { role: one.role, says: one.says, answer, person } }
    })
  return accept(...events)
}

function acceptCheckpoint(state: CutoverState, command: Of<'accept checkpoint'>): Decision {
  const { phase, reason } = command
  const failed = failedCheckpoints(state)
  if (!failed.includes(phase)) return no(refusal('checkpoint not failed', { phase, failed }))
  const bad = badReason('accept checkpoint', reason)
  return bad === null ? accept({ type: 'checkpoint accepted', data: { phase, reason } }) : no(bad)
}

function addFollowUp(state: CutoverState, command: Of<'add follow-up'>, by: By): Decision {
  const { title, owner = by.person, due } = command
  const refused = noText('follow-up', title) ?? noText('owner', owner)
  if (refused !== null) return no(refused)
  if (due !== undefined && due <= by.at) return no(refusal('time in the past', { what: 'due time', at: due }))
  return accept(opened(state, { title, owner, dueAt: due ?? by.at + DEFAULT_DUE_MS, source: 'person' }))
}

type Opened = Extract<TeamEvent, { type: 'follow-up opened' }>

/** `offset` counts those that open together. */
function opened(state: CutoverState, data: Omit<Opened['data'], 'followUp'>, offset = 0): Opened {
  const numbers = state.followUps.flatMap(({ id }) => /^f(\d+)$/.exec(id)?.[1] ?? []).map(Number)
  const followUp = `f${Math.max(0, ...numbers) + 1 + offset}`
  return { type: 'follow-up opened', data: { followUp, ...data } }
}

const unknownFollowUp = (state: CutoverState, id: string): Refusal | null => {
  const open = state.followUps.filter(({ closed }) => closed === undefined).map((one) => one.id)
  return open.includes(id) ? null : refusal('follow-up unknown', { followUp: id, open })
}

function closeFollowUp(state: CutoverState, { followUp, text }: Of<'close follow-up'>): Decision {
  const refused = unknownFollowUp(state, followUp) ?? badText('note', text ?? '')
  if (refused !== null) return no(refused)
  return accept({ type: 'follow-up closed', data: { followUp, ...present({ text }) } })
}

function waiveFollowUp(state: CutoverState, { followUp, reason }: Of<'waive follow-up'>): Decision {
  const refused = unknownFollowUp(state, followUp) ?? badReason('waive', reason)
  if (refused !== null) return no(refused)
  return accept({ type: 'follow-up waived', data: { followUp, reason } })
}

const ACTIONS_MAX = 20

function debrief(state: CutoverState, command: Of<'debrief'>, by: By): Decision {
  const until = debriefUntil(state)
  if (until !== null && by.at > until) return no(refusal('debrief over', { until }))
  const wentWell = command.wentWell?.trim() === '' ? undefined : command.wentWell
  const improve = command.improve?.trim() === '' ? undefined : command.improve
  const actions = command.actions.map((one) => one.trim()).filter((one) => one !== '')
  const texts = [wentWell, improve, ...actions].filter((one) => one !== undefined)
  const bad =
    texts.length === 0
      ? noText('debrief', '')
      : actions.length > ACTIONS_MAX
        ? refusal('text not usable', { what: 'debrief', why: `it has more than ${ACTIONS_MAX} actions` })
        : (texts.map((one) => badText('debrief', one)).find((one) => one !== null) ?? null)
  if (bad !== null) return no(bad)
  const dueAt = by.at + DEFAULT_DUE_MS
  const followUps = actions.map((title, index) =>
    opened(state, { title, owner: by.person, dueAt, source: 'debrief' }, index),
  )
  return accept({ type: 'debrief given', data: { actions, ...present({ wentWell, improve }) } }, ...followUps)
}

/** A GO was said on what stood there before; whoever said it decides again. */
function allowChange(state: CutoverState, { text, reason }: Of<'allow change'>): Decision {
  const refused = noText('change', text) ?? badReason('allow change', reason)
  if (refused !== null) return no(refused)
  const gates = Object.keys(state.gates).filter((gate) => gateState(state, gate).open)
  const stale = gates
    .filter((gate) => standingVotes(state, gate).length > 0)
    .map((gate): CutoverEvent => {
      const { round } = gateState(state, gate)
      return { type: 'votes went stale', data: { gate, round, criterion: CHANGES } }
    })
  return accept({ type: 'change allowed', data: { text, reason } }, ...stale)
}

const COUNT_MAX = 100_000

function userReport(command: Of<'user report'>): Decision {
  const { text, count = 1, ticket, author, link } = command
  const isCount = Number.isInteger(count) && count >= 1 && count <= COUNT_MAX
  const refused =
    noText('report', text) ??
    badText('ticket', ticket ?? '') ??
    badText('link', link ?? '') ??
    (isCount
      ? null
      : refusal('text not usable', {
          what: 'number of reports',
          why: `it is no whole number from 1 to ${COUNT_MAX}`,
        }))
  if (refused !== null) return no(refused)
  return accept({ type: 'user report filed', data: { text, count, ...present({ ticket, author, link }) } })
}
