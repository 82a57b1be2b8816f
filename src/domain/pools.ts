import { perPlan } from './per-plan.ts'
import type { Refusal } from './commands.ts'
import type { Instant, Plan, Step } from './plan.ts'
import { refusal } from './refusals.ts'
import type { CutoverState } from './state.ts'

/** Pool → the steps that a machine carries out there, in the order of the plan. */
const workByPool = perPlan((plan): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>()
  for (const { id, kind, pool } of Object.values(plan.steps)) {
    if (kind === 'run' || kind === 'check' || kind === 'watch')
      found.set(pool, [...(found.get(pool) ?? []), id])
  }
  return found
})

/** Pools that carry out something of this plan. */
export const poolsOf = (plan: Plan): readonly string[] => [...workByPool(plan).keys()]

export const workOfPool = (plan: Plan, pool: string): readonly string[] => workByPool(plan).get(pool) ?? []

/** Why nothing starts on the host of a step: it said that it knows the runbook otherwise. */
export function poolObstacle(state: CutoverState, { pool, kind }: Step): Refusal | null {
  if (kind !== 'run' && kind !== 'check' && kind !== 'watch') return null
  const answer = state.pools[pool]
  return answer === undefined || answer.ready
    ? null
    : refusal('pool not ready', { pool, why: answer.why ?? 'it gave no reason' })
}

/** A worker that is there takes an attempt within moments, and is offered it again every 5 s. */
const UNTAKEN_MS = 20_000

/**
 * What people should know of the hosts, a sentence each: who refuses, whose files were changed in vain, and, where the
 * time is given, where nobody takes what was asked for.
 */
export const poolNews = (state: CutoverState, now?: Instant): readonly string[] => [
  ...Object.entries(state.pools).flatMap(([pool, { ready, why, ignored }]) => {
    if (!ready) return [`nothing starts on ${pool}: ${why ?? 'it gave no reason'}`]
    return ignored.length === 0
      ? []
      : [`changed on ${pool} after the opening, and ignored: ${ignored.join(', ')}`]
  }),
  ...(now === undefined ? [] : untaken(state, now)),
]

function untaken({ attempts, plan }: CutoverState, now: Instant): readonly string[] {
  return Object.values(attempts)
    .filter(({ status, dispatchedAt }) => status === 'dispatched' && now - dispatchedAt > UNTAKEN_MS)
    .map(({ pool, step }) => {
      const title = plan.steps[step]?.title ?? step
      return `nobody on ${pool} takes “${title}”: is a worker up there, and does the queue answer?`
    })
}
