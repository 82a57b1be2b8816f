import { expect } from 'vitest'
import type { EventType, Recorded } from '../../src/domain/events.ts'
import { attemptState, isLive, planStep } from '../../src/domain/lookup.ts'
import type { CutoverState, Status, Vote } from '../../src/domain/state.ts'
import { isCarried } from '../../src/domain/votes.ts'

/** The state table of the design: where each status may lead. */
const LEADS_TO: Record<Status, readonly Status[]> = {
  scheduled: ['running', 'watching', 'postponed', 'abandoned'],
  running: ['watching', 'rolling back', 'postponed', 'abandoned'],
  watching: ['guarded', 'rolling back', 'abandoned'],
  guarded: ['closed', 'rolling back', 'abandoned'],
  closed: [],
  'rolling back': ['rolled back', 'rollback stopped', 'abandoned'],
  'rollback stopped': ['rolling back', 'abandoned'],
  'rolled back': ['postponed', 'closed', 'abandoned'],
  postponed: ['scheduled', 'abandoned'],
  abandoned: [],
}

// Object.keys forgets that these are exactly the keys.
export const ALL_STATUSES = Object.keys(LEADS_TO) as Status[]

/** Every event there is; one that is missing here does not compile. */
const EVENTS: Record<EventType, true> = {
  'cutover opened': true,
  'cutover started': true,
  'migration began': true,
  'cutover watching': true,
  'cutover guarded': true,
  'cutover closed': true,
  'cutover held': true,
  'cutover resumed': true,
  'cutover postponed': true,
  'cutover rescheduled': true,
  'cutover abandoned': true,
  'plan advanced': true,
  'rollback asked': true,
  'rollback started': true,
  'rollback stopped': true,
  'rollback resumed': true,
  'rollback option taken': true,
  'rollback finished': true,
  'step due': true,
  'step late': true,
  'step overran': true,
  'step timed out': true,
  'step ticked': true,
  'item ticked': true,
  'step unticked': true,
  'step skipped': true,
  'step overridden': true,
  'step marked': true,
  'step not applicable': true,
  'step moved': true,
  'option chosen': true,
  'second person asked': true,
  'attempt dispatched': true,
  'attempt claimed': true,
  'attempt spawning': true,
  'attempt running': true,
  'attempt adopted': true,
  'attempt revoked': true,
  'attempt refused': true,
  'cancel requested': true,
  'attempt ended': true,
  'attempt unknown': true,
  'attempt unobserved': true,
  'attempt observed': true,
  'attempt asked': true,
  'attempt blocked': true,
  'attempt unblocked': true,
  'unblock asked': true,
  'unblock begun': true,
  'unblock ended': true,
  'watch breached': true,
  'pool ready': true,
  'pool refused': true,
  'gate opened': true,
  'criterion confirmed': true,
  'criterion unconfirmed': true,
  'criterion overridden': true,
  'vote cast': true,
  'votes went stale': true,
  'go given': true,
  'gate decided': true,
  'round closed': true,
  'role assigned': true,
  'handover asked': true,
  'vouch asked': true,
  'login vouched': true,
  'note added': true,
  'issue opened': true,
  'issue changed': true,
  'issue closed': true,
  'escalation began': true,
  'escalation raised': true,
  'escalation taken': true,
  'escalation ended': true,
  'ack asked': true,
  'role acknowledged': true,
  'checkpoint passed': true,
  'checkpoint failed': true,
  'checkpoint accepted': true,
  'shift began': true,
  'follow-up opened': true,
  'follow-up closed': true,
  'follow-up waived': true,
  'follow-up reminded': true,
  'debrief given': true,
  'change allowed': true,
  'cutover forgotten': true,
  'user report filed': true,
  'rehearsal recorded': true,
  'notice delivered': true,
  'notice failed': true,
  'notice parked': true,
  'slack went away': true,
  'slack came back': true,
  'notice called for': true,
  'notice drafted': true,
  'notice approved': true,
  'notice rejected': true,
  'update missed': true,
  'pager called': true,
  'timeline posted': true,
  'timeline mailed': true,
}
export const ALL_EVENTS = Object.keys(EVENTS) as EventType[]

/** What must hold after every event, however it came about. */
export function holdsAfter(before: CutoverState, event: Recorded, after: CutoverState): void {
  expect(after.position).toBe(before.position + 1)
  if (after.status !== before.status) expect(LEADS_TO[before.status]).toContain(after.status)
  expect(after.revision).toBeGreaterThanOrEqual(before.revision)
  oneLiveAttemptPerStep(after)
  revisionsGrow(before, after)
  spawnIsAuthorised(before, event)
  decisionIsCarried(before, event)
  statesAlternate(after)
  forceHasAReason(after)
  onlyRecordsFollowTheEnd(before, event)
}

function oneLiveAttemptPerStep(state: CutoverState): void {
  const live = Object.values(state.attempts).filter(isLive)
  expect(new Set(live.map((one) => one.step)).size).toBe(live.length)
}

function revisionsGrow(before: CutoverState, after: CutoverState): void {
  for (const [id, step] of Object.entries(after.steps)) {
    expect(step.revision).toBeGreaterThanOrEqual(before.steps[id]?.revision ?? 0)
    if (step.status !== before.steps[id]?.status)
      expect(step.revision).toBeGreaterThan(before.steps[id]?.revision ?? 0)
  }
}

function spawnIsAuthorised(before: CutoverState, event: Recorded): void {
  if (event.type !== 'attempt spawning') return
  const attempt = attemptState(before, event.data.attempt)
  const step = planStep(before, attempt.step)
  expect(attempt.status).toBe('claimed')
  expect(attempt.cancelRequested).toBeUndefined()
  expect(before.pools[attempt.pool]?.ready).toBe(true)
  if (step.kind !== 'check') expect(before.held).toBeUndefined()
  const statuses: Status[] =
    step.place === 'plan'
      ? ['scheduled', 'running', 'watching', 'guarded']
      : step.kind === 'check'
        ? ['rolling back', 'rollback stopped']
        : ['rolling back']
  expect(statuses).toContain(before.status)
}

function decisionIsCarried(before: CutoverState, event: Recorded): void {
  if (event.type !== 'gate decided' || event.data.decision !== 'go') return
  expect(isCarried(before, event.data.gate)).toBe(true)
  expect(event.data.evidence.every((one) => one.met || one.overridden === true)).toBe(true)
  const votes = before.gates[event.data.gate]?.votes.filter(
    (vote) => vote.round === event.data.round && vote.vote === 'go' && vote.staleBecause === undefined,
  )
  const people = votes?.map((vote) => vote.person) ?? []
  expect(new Set(people).size).toBe(people.length)
  if (before.plan.live) expect(people.some((person) => person !== before.opener)).toBe(true)
  votersHoldTheirRoles(before, event.data.gate, votes ?? [])
}

/** Nobody carries a decision with a role that was theirs once. */
function votersHoldTheirRoles(state: CutoverState, gate: string, votes: readonly Vote[]): void {
  const step = planStep(state, gate)
  const approvers = step.kind === 'decide' ? step.approvers : {}
  for (const { person, role, alone } of votes) {
    if (alone === true) continue
    const { person: holder, backup } = state.holders[role] ?? {}
    const entitled = (approvers[role] ?? 1) > 1 ? [holder, backup] : [holder]
    expect(entitled, `${person} as ${role} on ${gate}`).toContain(person)
  }
}

/** What is carried is decided, or waits for its last looks: nobody could add a vote that would move it. */
export function nothingCarriedHangs(state: CutoverState): void {
  for (const [gate, { open, goGivenAt }] of Object.entries(state.gates))
    if (open && isCarried(state, gate)) expect(goGivenAt, `${gate} is carried and hangs`).toBeDefined()
}

function statesAlternate(state: CutoverState): void {
  const open = new Set<string>()
  for (const one of state.openings) {
    expect(open.has(one.name)).toBe(false)
    if (one.closedAt === undefined) open.add(one.name)
  }
}

function forceHasAReason(state: CutoverState): void {
  for (const [id, step] of Object.entries(state.steps)) {
    if (!step.inForce) continue
    const spawned = step.attempts.some((attempt) => state.attempts[attempt]?.spawningAt !== undefined)
    const ticked = step.tick !== undefined || Object.keys(step.items).length > 0
    expect(spawned || ticked, `${id} is in force for no reason`).toBe(true)
  }
}

const RECORDS: readonly EventType[] = [
  'timeline posted',
  'timeline mailed',
  // Whoever was called hears that it is settled.
  'pager called',
  'notice delivered',
  'notice failed',
  'notice parked',
  // An outage lasts as long as it lasts.
  'slack came back',
  'rehearsal recorded',
  'escalation ended',
  'follow-up opened',
  'follow-up closed',
  'follow-up waived',
  'follow-up reminded',
  'debrief given',
  'cutover forgotten',
]
const ABOUT_ATTEMPTS: readonly EventType[] = [
  'attempt ended',
  'attempt unknown',
  'attempt unobserved',
  'attempt observed',
  'attempt adopted',
  'attempt running',
  'attempt refused',
  'attempt revoked',
  'attempt asked',
  'attempt blocked',
  'attempt unblocked',
  'unblock ended',
  'watch breached',
]

/** What is over stays over; late reports are kept, people are told, and nothing begins. */
function onlyRecordsFollowTheEnd(before: CutoverState, event: Recorded): void {
  if (before.status !== 'closed' && before.status !== 'abandoned') return
  const { data } = event
  const isNotice = 'step' in data && data.step !== undefined && planStep(before, data.step).place === 'notice'
  if (isNotice && before.status === 'abandoned') return
  expect([...RECORDS, ...ABOUT_ATTEMPTS]).toContain(event.type)
}
