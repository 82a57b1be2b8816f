import type { Offset } from '../../domain/plan.ts'
import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { doubt } from '../rules/context.ts'
import { isMutating } from '../mutating.ts'
import { durationMs, rangeMs, spoken } from '../values/duration.ts'
import { fromStartMs, offsetOf } from '../values/offset.ts'
import { branchesOf } from './branches.ts'
import type { Branch } from './branches.ts'
import type { LintContext } from './context.ts'

/** Upper estimates, added up in order, against the planned times of later steps and against the window. */
export function estimates(context: LintContext): Finding[] {
  if (context.draft.partial) return []
  return branchesOf(context).branches.flatMap((branch) => planned(context, branch))
}

function planned(context: LintContext, branch: Branch): Finding[] {
  const findings: Finding[] = []
  const { window } = context.draft.head
  const lengthMs = window === undefined ? undefined : durationMs(window.length)
  let clock: number | undefined
  let previous: PlacedStep | undefined
  let outside = false
  for (const { step, at } of timed(context, branch)) {
    const due = at === undefined ? undefined : fromStartMs(at)
    if (due !== undefined) {
      if (clock !== undefined && previous !== undefined && due < clock)
        findings.push(tooTight(context, step, { dueMs: due, readyMs: clock, previous }))
      clock = Math.max(due, clock ?? due)
    }
    const takes = step.kind === 'watch' || step.document.parallel === true ? 0 : upperMs(step)
    if (clock !== undefined) clock += takes
    previous = takes > 0 ? step : previous
    const inWindow = isMutating(step, context.catalogue) && (clock ?? 0) > 0
    if (lengthMs !== undefined && clock !== undefined && inWindow && clock > lengthMs && !outside) {
      outside = true
      findings.push(pastWindow(context, step, { endMs: clock, lengthMs }))
    }
  }
  return findings
}

/** Steps of the plan with their planned time; a phase gives its own to its first applicable step. */
function timed(context: LintContext, branch: Branch): { readonly step: PlacedStep; readonly at?: Offset }[] {
  return context.draft.phases.flatMap((phase) =>
    phase.steps
      .filter((step) => step.place === 'plan' && branch.applies(step))
      .map((step, index) => {
        const own = step.document.at === undefined ? undefined : offsetOf(step.document.at)
        const at = own ?? (index === 0 ? phase.at : undefined)
        return { step, ...(at === undefined ? {} : { at }) }
      }),
  )
}

const upperMs = ({ document }: PlacedStep): number =>
  document.estimate === undefined ? 0 : rangeMs(document.estimate).highMs

/** `T-10m`, `T+1h`. */
const offsetText = (ms: number): string => (ms < 0 ? `T-${spoken(-ms)}` : `T+${spoken(ms)}`)

function tooTight(
  context: LintContext,
  step: PlacedStep,
  { dueMs, readyMs, previous }: { dueMs: number; readyMs: number; previous: PlacedStep },
): Finding {
  return doubt(context, step.path, {
    code: 'plan-does-not-fit',
    message: `"${step.title}" is planned at ${offsetText(dueMs)}, and by the estimates "${previous.title}" may last until ${offsetText(readyMs)}`,
    hint: 'Move the later one, or start the earlier ones sooner.',
  })
}

function pastWindow(
  context: LintContext,
  step: PlacedStep,
  { endMs, lengthMs }: { endMs: number; lengthMs: number },
): Finding {
  return doubt(context, step.path, {
    code: 'plan-does-not-fit',
    message: `by the upper estimates "${step.title}" ends at ${offsetText(endMs)}, ${spoken(endMs - lengthMs)} after the window of ${spoken(lengthMs)}`,
    hint: 'Make `window.length` longer, or move work out of the window.',
  })
}
