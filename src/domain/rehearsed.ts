import type { Criterion, Instant } from './plan.ts'
import type { CutoverState, DurationMs, Evidence, Rehearsal } from './state.ts'

type Rehearsed = Extract<Criterion, { kind: 'rehearsed' }>

/** What the rehearsals of this runbook in the same log say to a criterion. */
export function rehearsedShown(
  state: CutoverState,
  criterion: Rehearsed,
  now: Instant,
): Pick<Evidence, 'met' | 'answer' | 'at'> {
  if (!state.plan.live) return { met: true, answer: 'not applicable: this is a rehearsal' }
  const { sameHash, withinMs = Infinity } = criterion
  const fitting = state.rehearsals.filter(
    (one) => (!sameHash || one.hash === state.plan.hash) && now - one.finishedAt <= withinMs,
  )
  const forward = fitting.findLast((one) => !one.rolledBack)
  const back = fitting.findLast((one) => one.rolledBack)
  if (forward === undefined) return { met: false, answer: 'no rehearsal that fits was completed' }
  const at = forward.finishedAt
  if (criterion.rollback && back === undefined)
    return { met: false, answer: 'its rollback was not rehearsed', at }
  const left = criterion.issuesResolved ? issuesLeft(criterion.rollback ? [forward, back] : [forward]) : []
  if (left.length > 0) return { met: false, answer: `issues left open: ${left.join(', ')}`, at }
  const turned = criterion.rollback && back !== undefined ? `, rolled back as ${back.cutover}` : ''
  return { met: true, answer: `rehearsed as ${forward.cutover}${turned}`, at }
}

/** `2 in r1`. */
const issuesLeft = (rehearsals: readonly (Rehearsal | undefined)[]): readonly string[] =>
  rehearsals.flatMap((one) =>
    one === undefined || one.openIssues === 0 ? [] : [`${one.openIssues} in ${one.cutover}`],
  )

/** How long a step took when it was rehearsed last; absent: nobody has measured it. */
export const rehearsedMs = (state: CutoverState, step: string): DurationMs | undefined =>
  state.rehearsals.findLast((one) => one.durations[step] !== undefined)?.durations[step]
