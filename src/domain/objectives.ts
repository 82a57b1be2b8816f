import { phaseSteps, planStep, stepState } from './lookup.ts'
import { perPlan } from './per-plan.ts'
import type { Criterion, Instant, Step } from './plan.ts'
import type { CutoverState, DurationMs, Evidence } from './state.ts'

type Shown = Pick<Evidence, 'met' | 'answer' | 'at'>

/** What the runbook promises for the worst case is weighed at every decision of the plan. */
export const objectiveCriteria = perPlan((plan): readonly Criterion[] => [
  ...(plan.objectives.rtoMs === undefined ? [] : [{ kind: 'objective', id: 'rto' } as const]),
  ...(plan.objectives.rpoMs === undefined ? [] : [{ kind: 'objective', id: 'rpo' } as const]),
])

export function objectiveShown(state: CutoverState, id: 'rto' | 'rpo', now: Instant): Shown {
  const { rtoMs = Infinity, rpoMs = Infinity } = state.plan.objectives
  return id === 'rto' ? restoreTime(state, rtoMs) : restorePoint(state, rpoMs, now)
}

/** How long restoring takes: as rehearsed last with this very text, else by the estimates of the whole way back. */
function restoreTime(state: CutoverState, rtoMs: DurationMs): Shown {
  const measured = state.rehearsals.findLast(
    (one) => one.rollbackMs !== undefined && one.hash === state.plan.hash,
  )
  if (measured?.rollbackMs !== undefined) {
    const answer = `${spoken(measured.rollbackMs)}, measured in ${measured.cutover} (objective ${spoken(rtoMs)})`
    return { met: measured.rollbackMs <= rtoMs, answer, at: measured.finishedAt }
  }
  const steps = wayBackSteps(state.plan)
  const without = steps.filter(({ estimate }) => estimate === undefined).length
  const ms = steps.reduce((sum, { estimate }) => sum + (estimate?.highMs ?? 0), 0)
  if (without === steps.length)
    return { met: false, answer: `nobody has measured or estimated it (objective ${spoken(rtoMs)})` }
  const least = without > 0 ? `at least ${spoken(ms)}` : `up to ${spoken(ms)}`
  return {
    met: ms <= rtoMs,
    answer: `${least} by the estimates, not measured (objective ${spoken(rtoMs)})`,
  }
}

/** A rollback from the very end, by the first way that the runbook names. */
const wayBackSteps = perPlan((plan): readonly Step[] => {
  const { before, after, options } = plan.rollback
  const own = options[0]?.steps ?? phaseSteps(plan).flatMap((id) => plan.steps[id]?.undo ?? [])
  return [...before, ...own, ...after].flatMap((id) => plan.steps[id] ?? [])
})

/** How much would be lost: the time since the restore point in which anything could be written. */
function restorePoint(state: CutoverState, rpoMs: DurationMs, now: Instant): Shown {
  const points = restorePoints(state.plan)
  if (points.length === 0)
    return { met: false, answer: `no step saves what a rollback puts back (objective ${spoken(rpoMs)})` }
  const taken = points.filter((id) => stepState(state, id).status === 'done')
  const at = Math.max(...taken.map((id) => stepState(state, id).finishedAt ?? 0))
  if (taken.length === 0) {
    const titles = points.map((id) => `“${planStep(state, id).title}”`).join(', ')
    const isAhead = points.some((id) => ['pending', 'due', 'active'].includes(stepState(state, id).status))
    return { met: isAhead, answer: `${isAhead ? 'taken later' : 'was not taken'}: ${titles}` }
  }
  const ms = writableMs(state, at, now)
  return { met: ms <= rpoMs, answer: `${spoken(ms)} would be lost (objective ${spoken(rpoMs)})`, at }
}

/** States in which nobody writes. */
const CLOSED: ReadonlySet<string> = new Set(['maintenance', 'read-only', 'downtime'])

function writableMs(state: CutoverState, from: Instant, to: Instant): DurationMs {
  let reached = from
  let writable = 0
  const closed = state.openings
    .filter(({ name }) => CLOSED.has(name))
    .toSorted((one, other) => one.openedAt - other.openedAt)
  for (const { openedAt, closedAt = to } of closed) {
    writable += Math.max(0, Math.min(openedAt, to) - reached)
    reached = Math.max(reached, Math.min(closedAt, to))
  }
  return writable + Math.max(0, to - reached)
}

const SAVES = /(?:^|\.)(?:backup|restore-point)$/

/** Runs that save, and of which a step of the way back uses what they found. */
const restorePoints = perPlan((plan): readonly string[] => {
  const back = Object.values(plan.steps).filter(({ place }) => place !== 'plan' && place !== 'built-in')
  const used = new Set(back.flatMap((step) => ('work' in step ? factsIn(step.work.with) : [])))
  return phaseSteps(plan).filter((id) => {
    const step = plan.steps[id]
    return step?.kind === 'run' && (SAVES.test(step.work.uses) || (!step.mutating && used.has(id)))
  })
})

/** Ids of the steps whose facts stand somewhere in a value. */
function factsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('$' in value && value.$ === 'fact' && 'step' in value) return [String(value.step)]
  return Object.values(value).flatMap(factsIn)
}

const MINUTE_MS = 60_000

/** `45 s`, `12 min`, `2 h 5 min`. */
function spoken(ms: DurationMs): string {
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / 1000)} s`
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 120) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
}
