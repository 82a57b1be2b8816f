import { phaseSteps } from '../../domain/lookup.ts'
import { waitsFor } from '../../domain/order.ts'
import type { Plan } from '../../domain/plan.ts'

const known = new WeakMap<Plan, ReadonlyMap<string, readonly string[]>>()

/** The steps that wait for this one. Worked out once for a plan: cards ask for each of their lines. */
export function followersOf(plan: Plan, step: string): readonly string[] {
  const all = known.get(plan) ?? everyFollower(plan)
  known.set(plan, all)
  return all.get(step) ?? []
}

function everyFollower(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>()
  for (const step of phaseSteps(plan)) {
    for (const before of waitsFor(plan, step)) {
      const behind = followers.get(before) ?? []
      behind.push(step)
      followers.set(before, behind)
    }
  }
  return followers
}
