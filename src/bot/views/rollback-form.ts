import type { KnownBlock, ModalView } from '@slack/types'
import { planStep } from '../../domain/lookup.ts'
import { rollbackPlan, type RollbackPlan } from '../../domain/rollback-plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { possibleWaysBack } from '../../domain/ways-back.ts'
import { clip, context, input, section } from '../blocks.ts'
import { ACTIONS, FORMS, type ButtonValue } from '../ids.ts'
import { INPUTS, remember } from './forms.ts'
import { menu, modal, radio, typed } from './modal.ts'
import { dataBlocks, triggerBlocks } from './turning-back.ts'
import { fitText, LINES_MAX, orderText, wayBackBlocks } from './ways-back.ts'
import { value } from './words.ts'

/** Shown at once, because a trigger lives for three seconds; {@link rollbackForm} takes its place. */
export const rollbackLoading = (): ModalView =>
  modal({
    id: FORMS.rollback,
    title: 'Roll back',
    blocks: [section('Working out what a rollback would do now…')],
  })

/**
 * The rollback as it would be now: what it does, how long, whether it fits; and the target's name to type. Where the
 * runbook names several ways back, each of them, and one has to be chosen.
 */
export function rollbackForm(
  state: CutoverState,
  { now, button }: { readonly now: number; readonly button: ButtonValue },
): ModalView {
  const plan = rollbackPlan(state, now)
  const { name, triggers, approvers, options } = state.plan.rollback
  const roles = Object.entries(approvers).map(([role, count]) => `${role} ${count}`)
  return modal({
    id: FORMS.rollback,
    title: state.status === 'rollback stopped' ? 'Another way back' : 'Roll back',
    submit: 'Roll back',
    memory: remember({ ...button, action: ACTIONS.rollback }),
    blocks: [
      section(
        `*${value(state.plan.title)}* · ${value(state.plan.environment)} · ${state.plan.live ? 'LIVE' : 'REHEARSAL'}`,
      ),
      ...(options.length > 0
        ? wayBackBlocks(state, now)
        : [section(fitText(plan)), section(orderText(state, plan))]),
      ...irreversibleText(state, plan),
      ...dataBlocks(state, now),
      ...triggerBlocks(state),
      ...(roles.length === 0
        ? []
        : [context(`Needs ${value(roles.join(', '))}. The last of them starts it.`)]),
      ...runningInput(state, plan),
      ...optionInput(state),
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

/** The only way there is needs no choosing. */
function optionInput(state: CutoverState): KnownBlock[] {
  if (state.plan.rollback.options.length < 2) return []
  const possible = possibleWaysBack(state)
  if (possible.length === 0) return []
  const element = radio(
    possible.map(({ id, title, loses }) => ({
      label: clip(title, 70),
      value: id,
      ...(loses === undefined ? {} : { description: clip(`Loses ${loses}`, 70) }),
    })),
  )
  return [input({ id: INPUTS.option, label: 'Which way back?', element })]
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
