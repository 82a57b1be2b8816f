import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import type { Path } from '../source.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'

/**
 * A fact must be known when it is used: steps of the plan use those of earlier steps, an inverse those up to the
 * step that it undoes. What stands around a rollback may use any of the plan; where its step never ran, it is not
 * applicable or asks.
 */
export function factInTime(context: Context, user: PlacedStep, source: PlacedStep, path: Path): Finding[] {
  if (source.place !== 'plan') {
    return user.place === source.place && positionIn(context, source) < positionIn(context, user)
      ? []
      : [tooLate(context, user, source, path)]
  }
  if (user.place === 'rollback before' || user.place === 'rollback after') return []
  const own = user.place === 'undo' ? planPosition(context, user.undoes) : planPosition(context, user.id) - 1
  return planPosition(context, source.id) <= own ? [] : [tooLate(context, user, source, path)]
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
