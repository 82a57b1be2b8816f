import { targetsOf } from '../changed-targets.ts'
import type { Finding } from '../finding.ts'
import { isMutating } from '../mutating.ts'
import type { PlacedStep, PlacedWayBack } from '../runbook.ts'
import { complain } from '../rules/context.ts'
import { workOf } from '../work.ts'
import type { LintContext } from './context.ts'

/**
 * What the plan changes is put back on every way. The inverses of the steps see to it by themselves; steps of a way's
 * own stand in their place, and have to reach every database that was changed.
 */
export function coveredWaysBack(context: LintContext): Finding[] {
  if (context.draft.partial) return []
  return context.draft.waysBack.flatMap((way) =>
    way.steps === undefined ? [] : uncovered(context, way, way.steps),
  )
}

function uncovered(context: LintContext, way: PlacedWayBack, own: readonly PlacedStep[]): Finding[] {
  const { before, after } = context.draft
  const around = [...before, ...own, ...after]
  if (own.some((step) => reachesAnything(context, step))) return []
  const reached = new Set(around.flatMap((step) => targetsOf(step, context.catalogue).changed))
  const changers = context.draft.steps.filter(
    (step) => step.place === 'plan' && !('irreversible' in step.document),
  )
  const left = new Map<string, PlacedStep>()
  for (const step of changers) {
    for (const target of targetsOf(step, context.catalogue).changed)
      if (!reached.has(target) && !left.has(target)) left.set(target, step)
  }
  return [...left].map(([target, step]) =>
    complain(context, way.path, {
      code: 'way-back-leaves-change',
      message: `"${way.id}" puts nothing back into "${target}", which "${step.title}" changes: it would stay changed`,
      hint: 'Add a step that puts it back; steps of a way back stand in the place of every `undo`.',
    }),
  )
}

/** A person, or a command of which nobody can read what it touches, may put back anything. */
function reachesAnything(context: LintContext, step: PlacedStep): boolean {
  if (step.kind === 'do') return true
  if (step.kind !== 'run' || !isMutating(step, context.catalogue)) return false
  return workOf(step).some(({ document }) => document.uses === undefined)
}
