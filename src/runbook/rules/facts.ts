import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import type { Path } from '../source.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'

/** Whether two steps stand in different options of one choice, so that only one of them is ever carried out. */
export const excludeEachOther = (one: PlacedStep, other: PlacedStep): boolean =>
  one.branch !== undefined &&
  one.branch.choice === other.branch?.choice &&
  one.branch.option !== other.branch.option

/**
 * A fact must be known when it is used: steps of the plan use those of earlier steps, an inverse those up to the
 * step that it undoes. What stands around a rollback may use any of the plan; where its step never ran, it is not
 * applicable or asks.
 */
export function factInTime(context: Context, user: PlacedStep, source: PlacedStep, path: Path): Finding[] {
  if (excludeEachOther(user, source)) return [neverBoth(context, user, source, path)]
  if (source.place !== 'plan') {
    return user.place === source.place &&
      user.wayBack === source.wayBack &&
      positionIn(context, source) < positionIn(context, user)
      ? []
      : [tooLate(context, user, source, path)]
  }
  if (user.place !== 'plan' && user.place !== 'undo') return []
  const own = user.place === 'undo' ? planPosition(context, user.undoes) : planPosition(context, user.id) - 1
  if (planPosition(context, source.id) > own) return [tooLate(context, user, source, path)]
  return user.place === 'plan' && runBeside(context, user, source)
    ? [besideIt(context, user, source, path)]
    : []
}

/** Whether a step begins without waiting for an earlier one: it overlaps the steps before it, and needs none of them. */
function runBeside({ draft }: Context, user: PlacedStep, source: PlacedStep): boolean {
  const plan = draft.steps.filter(({ place }) => place === 'plan')
  const own = plan.indexOf(user)
  const first = plan.findLastIndex(({ document }, at) => at <= own && document.parallel !== true)
  if (plan.indexOf(source) < first) return false
  const waitedFor = (step: PlacedStep): readonly string[] =>
    (step.document.needs ?? []).flatMap((id) => {
      const needed = plan.slice(first, plan.indexOf(step)).find((one) => one.id === id)
      return needed === undefined ? [] : [id, ...waitedFor(needed)]
    })
  return !waitedFor(user).includes(source.id)
}

const planPosition = ({ draft }: Context, id: string | undefined): number =>
  draft.steps.filter(({ place }) => place === 'plan').findIndex((step) => step.id === id)

const positionIn = ({ draft }: Context, step: PlacedStep): number => draft.steps.indexOf(step)

const tooLate = (context: Context, user: PlacedStep, source: PlacedStep, path: Path): Finding =>
  complain(context, path, {
    code: 'fact-too-late',
    message: `"${user.id}" uses a fact of "${source.id}", which has not run by then`,
    hint: 'Move one of the two, so that the fact is there when it is needed.',
  })

const besideIt = (context: Context, user: PlacedStep, source: PlacedStep, path: Path): Finding =>
  complain(context, path, {
    code: 'fact-too-late',
    message: `"${user.id}" uses a fact of "${source.id}" and may run beside it, before the fact is there`,
    hint: `Leave \`parallel\` out, or add \`needs: [${source.id}]\`.`,
  })

export const neverBoth = (context: Context, user: PlacedStep, source: PlacedStep, path: Path): Finding =>
  complain(context, path, {
    code: 'other-option',
    message: `"${user.id}" refers to "${source.id}", which stands in another option: only one of the two is ever carried out`,
    hint: 'Refer to a step of the same option, or to one outside the choice.',
  })
