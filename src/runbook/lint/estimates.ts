import { sumOf } from '../../domain/parts.ts'
import type { Offset } from '../../domain/plan.ts'
import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { doubt } from '../rules/context.ts'
import { isMutating } from '../mutating.ts'
import { durationMs, rangeMs, spoken } from '../values/duration.ts'
import { rangeOf, rangesOf } from '../values/estimates.ts'
import { fromStartMs, offsetOf } from '../values/offset.ts'
import { branchesOf } from './branches.ts'
import type { Branch } from './branches.ts'
import type { LintContext } from './context.ts'

/** Upper estimates, added up in order, against the planned times of later steps and against the window. */
export function estimates(context: LintContext): Finding[] {
  if (context.draft.partial) return []
  const parts = context.draft.steps.flatMap((step) => longerThanTheStep(context, step))
  return parts.concat(byBranch(context))
}

function byBranch(context: LintContext): Finding[] {
  return branchesOf(context).branches.flatMap((branch) => {
    const slots = scheduleOf(context, branch)
    return [...tooTight(context, slots), ...pastWindow(context, slots)]
  })
}

/** A step that says less than its parts together. */
function longerThanTheStep(context: LintContext, { document, path, title }: PlacedStep): Finding[] {
  if (!('estimates' in document) || document.estimates === undefined || document.estimate === undefined)
    return []
  const whole = rangeMs(document.estimate).highMs
  const together = sumOf(rangesOf(document.estimates))?.highMs ?? 0
  if (together <= whole) return []
  return [
    doubt(context, [...path, 'estimate'], {
      code: 'plan-does-not-fit',
      message: `"${title}" is to take up to ${spoken(whole)}, and its parts together up to ${spoken(together)}`,
      hint: 'Leave `estimate` out: it is then what the parts come to.',
    }),
  ]
}

/** When a step runs at the latest by the estimates; milliseconds from T-0. */
interface Slot {
  readonly step: PlacedStep
  /** Its planned time, where it has one. */
  readonly dueMs?: number
  /** When everything before it is done. */
  readonly readyMs: number
  readonly endMs: number
  /** The step before it that takes time. */
  readonly previous?: PlacedStep
}

/** Steps before the first planned time have none, and are left out. */
function scheduleOf(context: LintContext, branch: Branch): Slot[] {
  const slots: Slot[] = []
  let clock: number | undefined
  let previous: PlacedStep | undefined
  for (const { step, at } of timed(context, branch)) {
    const dueMs = at === undefined ? undefined : fromStartMs(at)
    const readyMs: number | undefined = clock ?? dueMs
    if (readyMs === undefined) continue
    const takesMs = step.kind === 'watch' || step.document.parallel === true ? 0 : upperMs(step)
    clock = Math.max(readyMs, dueMs ?? readyMs) + takesMs
    slots.push({
      step,
      readyMs,
      endMs: clock,
      ...(dueMs === undefined ? {} : { dueMs }),
      ...(previous === undefined ? {} : { previous }),
    })
    previous = takesMs > 0 ? step : previous
  }
  return slots
}

/**
 * Steps of the plan with their planned time; a phase gives its own to its first applicable step. What is planned for
 * after the cutover belongs to no window.
 */
function timed(context: LintContext, branch: Branch): { readonly step: PlacedStep; readonly at?: Offset }[] {
  const { phases } = context.draft
  const afterwards = phases.findIndex(({ at }) => at?.kind === 'after' && at.step === 'completed')
  return phases.slice(0, afterwards === -1 ? phases.length : afterwards).flatMap((phase) =>
    phase.steps
      .filter((step) => step.place === 'plan' && branch.applies(step))
      .map((step, index) => {
        const own = step.document.at === undefined ? undefined : offsetOf(step.document.at)
        const at = own ?? (index === 0 ? phase.at : undefined)
        return { step, ...(at === undefined ? {} : { at }) }
      }),
  )
}

const upperMs = ({ document }: PlacedStep): number => rangeOf(document)?.highMs ?? 0

/** `T-10m`, `T+1h`. */
const offsetText = (ms: number): string => (ms < 0 ? `T-${spoken(-ms)}` : `T+${spoken(ms)}`)

function tooTight(context: LintContext, slots: readonly Slot[]): Finding[] {
  return slots.flatMap(({ step, dueMs, readyMs, previous }) =>
    dueMs === undefined || previous === undefined || dueMs >= readyMs
      ? []
      : [
          doubt(context, step.path, {
            code: 'plan-does-not-fit',
            message: `"${step.title}" is planned at ${offsetText(dueMs)}, and by the estimates "${previous.title}" may last until ${offsetText(readyMs)}`,
            hint: 'Move the later one, or start the earlier ones sooner.',
          }),
        ],
  )
}

/** The first change that may end after the window. What is planned for after the window is meant to be there. */
function pastWindow(context: LintContext, slots: readonly Slot[]): Finding[] {
  const { window } = context.draft.head
  if (window === undefined) return []
  const lengthMs = durationMs(window.length)
  const after = slots.findIndex(({ dueMs }) => dueMs !== undefined && dueMs >= lengthMs)
  const meant = after === -1 ? slots : slots.slice(0, after)
  const lateFor = (ms: number) =>
    meant.find(({ step, endMs }) => endMs > ms && isMutating(step, context.catalogue))
  const late = lateFor(lengthMs)
  if (late === undefined) return pastExpected(context, lateFor)
  return [
    doubt(context, late.step.path, {
      code: 'plan-does-not-fit',
      message: `by the upper estimates "${late.step.title}" ends at ${offsetText(late.endMs)}, ${spoken(late.endMs - lengthMs)} after the window of ${spoken(lengthMs)}`,
      hint: 'Make `window.length` longer, or move work out of the window.',
    }),
  ]
}

/** It fits the window, and not what is promised. */
function pastExpected(context: LintContext, lateFor: (ms: number) => Slot | undefined): Finding[] {
  const expected = context.draft.head.window?.expected
  if (expected === undefined) return []
  const expectedMs = durationMs(expected)
  const late = lateFor(expectedMs)
  if (late === undefined) return []
  return [
    doubt(context, late.step.path, {
      code: 'plan-does-not-fit',
      message: `by the upper estimates "${late.step.title}" ends at ${offsetText(late.endMs)}, ${spoken(late.endMs - expectedMs)} after the end that is promised (${offsetText(expectedMs)})`,
      hint: 'Make `window.expected` longer: it is what people are told.',
    }),
  ]
}
