import { evidenceOf, lastEnded, lookable, unmet } from '../criteria.ts'
import { dispatch } from '../decide/deciding.ts'
import { deadlineOf } from '../decide/gate.ts'
import { heldEvents } from '../decide/stops.ts'
import { goDecided } from '../decide/vote.ts'
import type { CutoverEvent } from '../events.ts'
import { gateState, gateStep, isComplete, lastAttempt, liveAttempt, planStep, stepState } from '../lookup.ts'
import { isReady, isTurn, stepsInHand } from '../order.ts'
import { poolObstacle } from '../pools.ts'
import { GATE_RULES } from '../permissions.ts'
import { COMPLETE } from '../plan.ts'
import type { Instant, Step } from '../plan.ts'
import type { CutoverState, Status } from '../state.ts'
import { applies } from '../conditions.ts'
import { isCarried, standingVotes } from '../votes.ts'

const nothing: readonly CutoverEvent[] = []

/** Gates whose turn has come open by themselves; a round that ended is followed only by the lead's word. */
export function dueGates(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  const due = stepsInHand(state).find((id) => isDue(state, planStep(state, id), now))
  if (due !== undefined) return opened(state, due, now)
  return completionIsDue(state) ? opened(state, COMPLETE, now) : nothing
}

function isDue(state: CutoverState, step: Step, now: Instant): boolean {
  if (step.kind !== 'decide' || stepState(state, step.id).status !== 'pending') return false
  return applies(state, step).kind === 'yes' && isTurn(state, step.id, now)
}

function completionIsDue(state: CutoverState): boolean {
  if (stepState(state, COMPLETE).status !== 'pending') return false
  const statuses: readonly Status[] = GATE_RULES.go.complete
  return statuses.includes(state.status) && isReady(state, COMPLETE)
}

function opened(state: CutoverState, gate: string, now: Instant): readonly CutoverEvent[] {
  const deadline = deadlineOf(state, gateStep(state, gate), now)
  const round = gateState(state, gate).round + 1
  return [{ type: 'gate opened', data: { gate, round, ...(deadline !== undefined && { deadline }) } }]
}

/** Gates with an open round, in a status in which they can be decided. */
export function openGates(state: CutoverState): readonly string[] {
  return Object.keys(state.gates).filter((gate) => {
    const statuses: readonly Status[] = isComplete(gate) ? GATE_RULES.go.complete : GATE_RULES.go.plan
    return gateState(state, gate).open && statuses.includes(state.status)
  })
}

export function gatesInRound(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  for (const gate of openGates(state)) {
    const events =
      votesGoStale(state, gate, now) ??
      decided(state, gate, now) ??
      roundEnds(state, gate, now) ??
      looks(state, gate, now)
    if (events !== null) return events
  }
  return nothing
}

type Maybe = readonly CutoverEvent[] | null

/** GO was said on green; when a criterion is red, it is not said any more. */
function votesGoStale(state: CutoverState, gate: string, now: Instant): Maybe {
  if (standingVotes(state, gate).length === 0) return null
  const [red] = unmet(evidenceOf(state, gate, now))
  if (red === undefined) return null
  const { round } = gateState(state, gate)
  return [{ type: 'votes went stale', data: { gate, round, criterion: red.criterion } }]
}

/** Every vote is in and everything was looked at once more: GO takes effect. */
function decided(state: CutoverState, gate: string, now: Instant): Maybe {
  const { goGivenAt } = gateState(state, gate)
  if (goGivenAt === undefined || !isCarried(state, gate)) return null
  const allFresh = lookable(state, gate).every(({ step, freshMs }) => {
    const lookedAt = lastEnded(state, step)?.endedAt
    return lookedAt !== undefined && lookedAt >= goGivenAt && now - lookedAt < freshMs
  })
  return allFresh && isReady(state, gate) ? goDecided(state, gate, now) : null
}

/** A deadline decides nothing: it closes the round and holds the cutover. */
function roundEnds(state: CutoverState, gate: string, now: Instant): Maybe {
  const { deadline, round } = gateState(state, gate)
  if (deadline === undefined || now < deadline) return null
  const reason = `no decision on “${gateStep(state, gate).title}” by its deadline`
  return [
    { type: 'round closed', data: { gate, round, why: 'deadline' } },
    ...heldEvents(state, reason, 'deadline'),
  ]
}

/** How often what an open gate rests on is looked at again. */
const LOOK_EVERY_MS = 60_000

function looks(state: CutoverState, gate: string, now: Instant): Maybe {
  const due = lookable(state, gate).find(({ step }) => {
    const at = lookAt(state, gate, step)
    return at !== null && at <= now
  })
  return due === undefined ? null : [dispatch(state, due.step, { forGate: gate })]
}

/** When a check of an open gate is to be looked at again; null while somebody is looking, or its host refuses. */
export function lookAt(state: CutoverState, gate: string, step: string): Instant | null {
  if (liveAttempt(state, step) !== undefined || poolObstacle(state, planStep(state, step)) !== null)
    return null
  const last = lastAttempt(state, step)
  const lastLook = last?.endedAt ?? last?.dispatchedAt ?? gateState(state, gate).openedAt ?? 0
  const { goGivenAt } = gateState(state, gate)
  const isOlderThanGo = goGivenAt !== undefined && lastLook < goGivenAt
  return isOlderThanGo ? goGivenAt : lastLook + LOOK_EVERY_MS
}
