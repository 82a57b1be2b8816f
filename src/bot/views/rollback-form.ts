import type { KnownBlock, ModalView } from '@slack/types'
import { planStep } from '../../domain/lookup.ts'
import { rollbackPlan, type RollbackPlan } from '../../domain/rollback-plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { clip, context, input, section } from '../blocks.ts'
import { ACTIONS, FORMS, type ButtonValue } from '../ids.ts'
import { INPUTS, remember } from './forms.ts'
import { menu, modal, radio, typed } from './modal.ts'
import { clock, dotted, minutes, unestimated, value } from './words.ts'

/** Shown at once, because a trigger lives for three seconds; {@link rollbackForm} takes its place. */
export const rollbackLoading = (): ModalView =>
  modal({
    id: FORMS.rollback,
    title: 'Roll back',
    blocks: [section('Working out what a rollback would do now…')],
  })

/** The rollback as it would be now: what it does, how long, whether it fits; and the target's name to type. */
export function rollbackForm(
  state: CutoverState,
  { now, button }: { readonly now: number; readonly button: ButtonValue },
): ModalView {
  const plan = rollbackPlan(state, now)
  const { name, triggers, approvers } = state.plan.rollback
  const roles = Object.entries(approvers).map(([role, count]) => `${role} ${count}`)
  return modal({
    id: FORMS.rollback,
    title: 'Roll back',
    submit: 'Roll back',
    memory: remember({ ...button, action: ACTIONS.rollback }),
    blocks: [
      section(
        `*${value(state.plan.title)}* · ${value(state.plan.environment)} · ${state.plan.live ? 'LIVE' : 'REHEARSAL'}`,
      ),
      section(fitText(plan)),
      section(orderText(state, plan)),
      ...irreversibleText(state, plan),
      ...(state.status === 'guarded' || state.status === 'watching' ? [context(DATA_WARNING)] : []),
      ...(roles.length === 0
        ? []
        : [context(`Needs ${value(roles.join(', '))}. The last of them starts it.`)]),
      ...runningInput(state, plan),
      ...(triggers.length === 0
        ? []
        : [
            input({
              id: INPUTS.trigger,
              label: 'Trigger that was met',
              element: menu(
                triggers.map((one) => ({ label: one.text, value: one.id, description: one.urgency })),
              ),
              optional: true,
            }),
          ]),
      input({ id: INPUTS.name, label: `Type “${clip(name, 200)}” to confirm`, element: typed() }),
      input({ id: INPUTS.reason, label: 'Why?', element: typed({ long: true }) }),
    ],
  })
}

const DATA_WARNING =
  'What was written to the new database since the cutover is not carried back unless one of these steps does it.'

export function fitText(plan: RollbackPlan): string {
  const atLeast = plan.withoutEstimate.length === 0 ? '' : 'at least '
  const length = `Takes ${atLeast}*${durationText(plan.lengthMs)}*`
  const fits =
    plan.overrunsByMs === 0
      ? `ends by ${clock(plan.endsAt)}, inside the window (${clock(plan.windowEndsAt)})`
      : `ends ${clock(plan.endsAt)}: *${minutes(plan.overrunsByMs)} after the window* (${clock(plan.windowEndsAt)})`
  const guessed =
    plan.withoutEstimate.length === 0 ? '' : `${unestimated(plan.withoutEstimate)}, counted as nothing`
  return dotted([length, fits, guessed])
}

const LINES_MAX = 40

function orderText(state: CutoverState, plan: RollbackPlan): string {
  const lines = plan.order.map((id, index) => {
    const { title, estimate } = planStep(state, id)
    const length = estimate === undefined ? 'no estimate' : `up to ${durationText(estimate.highMs)}`
    return `${index + 1}. ${value(title, 120)} (${length})`
  })
  if (lines.length === 0) return 'There is nothing to undo: no step of this rollback has anything to do.'
  const more = lines.length > LINES_MAX ? [`… and ${lines.length - LINES_MAX} more`] : []
  return ['*In this order*', ...lines.slice(0, LINES_MAX), ...more].join('\n')
}

function irreversibleText(state: CutoverState, plan: RollbackPlan): KnownBlock[] {
  if (plan.irreversible.length === 0) return []
  const lines = plan.irreversible.slice(0, LINES_MAX).map((id) => {
    const { title, irreversible } = planStep(state, id)
    return `• ${value(title, 120)}${irreversible === undefined ? '' : `: ${value(irreversible)}`}`
  })
  return [section(['*Stays as it is*', ...lines].join('\n'))]
}

function runningInput(state: CutoverState, plan: RollbackPlan): KnownBlock[] {
  if (plan.running.length === 0) return []
  const titles = plan.running.map((id) => planStep(state, id).title).join(', ')
  return [
    input({
      id: INPUTS.running,
      label: clip(`Still running: ${titles}`, 1_900),
      element: radio([
        { label: 'Cancel it first', value: 'cancel' },
        { label: 'Wait until it has ended', value: 'wait' },
      ]),
    }),
  ]
}
