import { lastEnded } from '../criteria.ts'
import { planStep, stepState } from '../lookup.ts'
import { stepsInHand } from '../order.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { failedCheckpoints } from './checkpoints.ts'
import type { TeamEvent } from './events.ts'
import type { Escalation, Issue } from './state.ts'

/** Issues that call people; the others wait for whoever owns them. */
export const isPressing = ({ severity, closedAt }: Issue): boolean =>
  closedAt === undefined && (severity === 'high' || severity === 'critical')

const QUIET: readonly CutoverState['status'][] = ['closed', 'abandoned', 'postponed']

/** What is open and calls for people now, by subject: stopped steps, breaches, checkpoints, pressing issues. */
export function openTroubles(state: CutoverState): readonly string[] {
  if (QUIET.includes(state.status)) return []
  const inHand = state.status === 'rollback stopped' ? (state.rollback?.order ?? []) : stepsInHand(state)
  const unknown = Object.keys(state.steps).filter((id) => stepState(state, id).status === 'unknown')
  const steps = [...new Set([...inHand, ...unknown])].filter((id) => isInTrouble(state, id))
  return [
    ...steps.map((id) => `step/${id}`),
    ...failedCheckpoints(state).map((phase) => `checkpoint/${phase}`),
    ...state.issues.filter(isPressing).map(({ id }) => `issue/${id}`),
  ]
}

function isInTrouble(state: CutoverState, id: string): boolean {
  const { kind } = planStep(state, id)
  const { status, breaches } = stepState(state, id)
  if (kind === 'decide') return false
  if (status === 'failed' || status === 'unknown') return true
  if (kind === 'watch') return status === 'active' && breaches.length > 0
  if (isTriedAgain(state, id)) return true
  // Looking once more at what was red answers nothing yet.
  return status === 'active' && kind === 'check' && lastEnded(state, id)?.verdict === 'red'
}

/** One more try settles nothing before it is through: the clock goes on, and so does whoever has it. */
function isTriedAgain(state: CutoverState, id: string): boolean {
  const { status } = stepState(state, id)
  const isUnderWay = status === 'active' || (status === 'due' && planStep(state, id).kind !== 'do')
  return isUnderWay && state.escalations[`step/${id}`] !== undefined
}

/** Clocks begin, call the next level, and end with what they belong to. */
export function escalationsGoOn(state: CutoverState, now: Instant): readonly TeamEvent[] {
  if (state.plan.escalation.length === 0) return []
  const open = openTroubles(state)
  const ended = Object.keys(state.escalations)
    .filter((subject) => !open.includes(subject))
    .map((subject): TeamEvent => ({ type: 'escalation ended', data: { subject } }))
  const began = open
    .filter((subject) => state.escalations[subject] === undefined)
    .map((subject): TeamEvent => ({ type: 'escalation began', data: { subject } }))
  const raised = Object.entries(state.escalations)
    .filter(([subject]) => open.includes(subject))
    .flatMap(([subject, clock]): TeamEvent[] => {
      const at = nextLevelAt(state, subject, clock)
      const level = state.plan.escalation[clock.level]
      if (at === null || at > now || level === undefined) return []
      return [{ type: 'escalation raised', data: { subject, level: clock.level + 1, roles: level.roles } }]
    })
  return [...ended, ...began, ...raised]
}

/** When the next level is called; null: nobody more is, or somebody has it. */
function nextLevelAt(state: CutoverState, subject: string, clock: Escalation): Instant | null {
  const level = state.plan.escalation[clock.level]
  if (level === undefined || clock.taken !== undefined) return null
  return clock.level === 0 && stopsRollback(state, subject) ? clock.since : clock.since + level.afterMs
}

/** Nobody is left between this and the data: whoever would be waited for is called at once. */
const stopsRollback = ({ status, rollback }: CutoverState, subject: string): boolean =>
  status === 'rollback stopped' &&
  rollback?.stoppedAt !== undefined &&
  subject === `step/${rollback.stoppedAt}`

export const escalationTimes = (state: CutoverState): readonly (Instant | null)[] =>
  Object.entries(state.escalations).map(([subject, clock]) => nextLevelAt(state, subject, clock))

/** What a subject is called: the title of its step or phase, the words of its issue. */
export function subjectTitle(state: CutoverState, subject: string): string {
  const [kind, ...rest] = subject.split('/')
  const id = rest.join('/')
  if (kind === 'issue') return state.issues.find((one) => one.id === id)?.text ?? subject
  if (kind === 'checkpoint')
    return `checkpoint of ${state.plan.phases.find((one) => one.id === id)?.title ?? id}`
  return state.plan.steps[id]?.title ?? subject
}
