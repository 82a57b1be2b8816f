import type { Plan } from './plan.ts'

/**
 * What follows from a plan alone, worked out once for each: a plan never changes, and its order is asked for at every
 * step of every look. Forgotten together with the plan.
 */
export function perPlan<T>(workOut: (plan: Plan) => T): (plan: Plan) => T {
  const known = new WeakMap<Plan, { readonly value: T }>()
  return (plan) => {
    const found = known.get(plan) ?? { value: workOut(plan) }
    known.set(plan, found)
    return found.value
  }
}
