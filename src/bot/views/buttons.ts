import type { Button } from '@slack/types'
import { availableActions, stepChoices } from '../../domain/choices.ts'
import { mayStep } from '../../domain/may.ts'
import { followers } from '../../domain/order.ts'
import type { CutoverAction, StepAction } from '../../domain/permissions.ts'
import { nothingMayChange } from '../../domain/freeze.ts'
import type { Instant, Step } from '../../domain/plan.ts'
import type { CutoverState, StepStatus } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { button, type ButtonSpec } from '../blocks.ts'
import { ACTIONS, type ActionId, type ButtonValue } from '../ids.ts'
import { blockerSpecs } from './blocker.ts'

/** Buttons that `decide` would accept now; each bears the revision that it was drawn for. */

type Style = 'primary' | 'danger'

/** Whether anybody may do it to the cutover as a whole now. */
export const isOffered = (state: CutoverState, action: CutoverAction): boolean =>
  availableActions(state).includes(action)

export const stepValue = (state: CutoverState, step: string): ButtonValue => ({
  cutover: state.id,
  subject: step,
  revision: state.steps[step]?.revision ?? 0,
})

/** Buttons of a gate; `part` is a criterion. */
export const gateValue = (state: CutoverState, gate: string, part?: string): ButtonValue => ({
  ...stepValue(state, gate),
  ...(part === undefined ? {} : { part }),
})

/** Buttons about the cutover itself name it as their subject; `part` is a role or an issue. */
export const cutoverValue = (state: CutoverState, part?: string): ButtonValue => ({
  cutover: state.id,
  subject: state.id,
  revision: state.revision,
  ...(part === undefined ? {} : { part }),
})

/** Everything a person may choose for a step that waits for one. */
export function stepButtons(state: CutoverState, id: string): Button[] {
  const step = state.plan.steps[id]
  if (step === undefined) return []
  const choices = inOrderOfNeed(state, id, stepChoices(state, id))
  const buttons = [
    ...choices.flatMap((choice) => specsOf(state, step, choice)),
    ...(isStopped(state, id) ? rollbackSpec(state) : []),
  ]
  return onePrimary(buttons).map(button)
}

/** Where nobody knows how it ended, saying what one saw comes before everything else. */
function inOrderOfNeed(
  state: CutoverState,
  id: string,
  choices: readonly StepAction[],
): readonly StepAction[] {
  const first: readonly StepAction[] = state.steps[id]?.status === 'unknown' ? ['mark'] : []
  return [...choices.filter((one) => first.includes(one)), ...choices.filter((one) => !first.includes(one))]
}

/** The one button of a line: what is most likely wanted. The message that asks for a person has all of them. */
export function lineButton(state: CutoverState, id: string): Button | undefined {
  const step = state.plan.steps[id]
  const own = state.steps[id]
  if (step === undefined || own === undefined) return undefined
  const wanted = LINE[own.status]?.find((choice) => isChoice(state, choice, id))
  const spec = wanted === undefined ? undefined : specsOf(state, step, wanted)[0]
  return spec && button({ ...spec, about: step.title })
}

/** Asked for every line of every card: what plainly cannot be is not gone into. */
function isChoice(state: CutoverState, choice: StepAction, id: string): boolean {
  if (choice === 'untick' && followers(state.plan, id).some((other) => isUnderWay(state, other))) return false
  return mayStep(state, choice, id, undefined) === null
}

const isUnderWay = (state: CutoverState, id: string): boolean =>
  state.plan.steps[id]?.kind !== 'decide' && state.steps[id]?.startedAt !== undefined

const LINE: { readonly [status: string]: readonly StepAction[] } = {
  due: ['tick', 'run', 'untick', 'approve'],
  active: ['cancel'],
  failed: ['tick', 'run', 'retry'],
  done: ['untick'],
  'not applicable': ['untick'],
  skipped: ['tick', 'run'],
}

const isStopped = (state: CutoverState, id: string): boolean =>
  state.steps[id]?.status === 'failed' || state.steps[id]?.status === 'unknown'

type Spec = (action: ActionId, label: string, style?: Style) => ButtonSpec

const specsOf = (state: CutoverState, step: Step, choice: StepAction): ButtonSpec[] =>
  SPECS[choice]({
    state,
    step,
    status: state.steps[step.id]?.status ?? 'pending',
    spec: (action, label, style) => ({
      action,
      label,
      value: stepValue(state, step.id),
      ...(style === undefined ? {} : { style }),
    }),
  })

interface Ground {
  readonly state: CutoverState
  readonly step: Step
  readonly status: StepStatus
  readonly spec: Spec
}

const SPECS: { readonly [Choice in StepAction]: (ground: Ground) => ButtonSpec[] } = {
  tick: tickSpecs,
  run: ({ step, status, spec }) =>
    step.kind === 'check'
      ? [spec(ACTIONS.look, status === 'due' ? 'Look' : 'Look again', 'primary')]
      : [
          {
            ...spec(ACTIONS.run, step.kind === 'tell' ? 'Send it' : 'Start', 'primary'),
            ...startConfirm(step),
          },
        ],
  untick: ({ status, spec }) => (status === 'due' ? [] : [spec(ACTIONS.untick, 'Undo…')]),
  retry: ({ status, spec }) => [spec(ACTIONS.retry, status === 'unknown' ? 'Try again…' : 'Retry…')],
  skip: ({ status, spec }) => (status === 'pending' ? [] : [spec(ACTIONS.skip, 'Skip…')]),
  override: ({ spec }) => [spec(ACTIONS.override, 'Go on anyway…')],
  cancel: ({ spec }) => [spec(ACTIONS.cancel, 'Cancel…', 'danger')],
  unblock: ({ state, step }) => blockerSpecs(state, step.id),
  mark: ({ status, spec }) => [
    spec(ACTIONS.markSucceeded, 'It succeeded…'),
    ...(status === 'unknown' ? [spec(ACTIONS.markFailed, 'It failed…')] : []),
  ],
  approve: ({ spec }) => [spec(ACTIONS.approve, 'Approve', 'primary'), spec(ACTIONS.edit, 'Edit…')],
  reject: ({ spec }) => [spec(ACTIONS.reject, 'Reject…')],
  move: ({ state, step, spec }) =>
    state.steps[step.id]?.lateMs === undefined ? [] : [spec(ACTIONS.move, 'Move…')],
}

function tickSpecs({ state, step, spec }: Ground): ButtonSpec[] {
  if (step.kind !== 'do') return []
  const items = state.steps[step.id]?.items ?? {}
  const hasOpenItems = step.items.some((item) => items[item.id] === undefined)
  const done = step.fields.length > 0 ? 'Done…' : 'Done'
  return [
    hasOpenItems ? spec(ACTIONS.items, 'Items…', 'primary') : spec(ACTIONS.tick, done, 'primary'),
    spec(ACTIONS.tickFailed, 'Failed…'),
    spec(ACTIONS.tickNa, 'Not applicable…'),
  ]
}

/** What changes something is confirmed, with what it changes. */
function startConfirm(step: Step): Pick<ButtonSpec, 'confirm'> {
  if (!step.mutating && step.warn === undefined) return {}
  const length = step.estimate === undefined ? '' : ` It takes up to ${durationText(step.estimate.highMs)}.`
  const changes =
    step.warn ??
    (step.irreversible === undefined ? 'It changes something.' : `It cannot be undone: ${step.irreversible}`)
  return { confirm: { title: `Start “${step.title}”?`, text: `${changes}${length}`, yes: 'Start' } }
}

/** At most one primary button in a row, or none of them is. */
function onePrimary(specs: readonly ButtonSpec[]): readonly ButtonSpec[] {
  const first = specs.findIndex((spec) => spec.style === 'primary')
  return specs.map((spec, index) => {
    if (spec.style !== 'primary' || index === first) return spec
    const { style: _, ...rest } = spec
    return rest
  })
}

const rollbackSpec = (state: CutoverState): ButtonSpec[] =>
  isOffered(state, 'rollback')
    ? [{ action: ACTIONS.rollback, label: rollbackLabel(state), style: 'danger', value: cutoverValue(state) }]
    : []

const rollbackLabel = ({ status }: CutoverState): string =>
  status === 'rollback stopped' ? 'Another way back…' : 'Roll back…'

export const rollbackButton = (state: CutoverState): Button[] => rollbackSpec(state).map(button)

const BOARD: readonly (readonly [CutoverAction, ActionId, string, Style?])[] = [
  ['resume', ACTIONS.resume, 'Resume…', 'primary'],
  ['hold', ACTIONS.hold, 'Hold'],
  ['reschedule', ACTIONS.postpone, 'Reschedule…', 'primary'],
  ['rollback', ACTIONS.rollback, 'Roll back…', 'danger'],
]

/** The buttons of the board: what may be done to the whole cutover now, and its plan. */
export function boardButtons(state: CutoverState, now: Instant): Button[] {
  const available = availableActions(state)
  const offered = BOARD.filter(([action]) => available.includes(action)).map(([name, action, label, style]) =>
    button({
      action,
      label: name === 'rollback' ? rollbackLabel(state) : label,
      value: cutoverValue(state),
      ...(style === undefined ? {} : { style }),
    }),
  )
  return [
    ...offered,
    ...(available.includes('allow change') && nothingMayChange(state, now)
      ? [button({ action: ACTIONS.allowChange, label: 'Allow a change…', value: cutoverValue(state) })]
      : []),
    button({ action: ACTIONS.plan, label: 'Plan', value: cutoverValue(state) }),
    ...(available.includes('take over') ? takeOverButtons(state) : []),
  ]
}

export const resumeButton = (state: CutoverState): Button[] =>
  isOffered(state, 'resume')
    ? [button({ action: ACTIONS.resume, label: 'Resume…', style: 'primary', value: cutoverValue(state) })]
    : []

/** Who holds in a hurry says why afterwards. */
export const whyButton = (state: CutoverState): Button[] =>
  isOffered(state, 'note')
    ? [button({ action: ACTIONS.why, label: 'Add why…', value: cutoverValue(state) })]
    : []

/** Where several issues are open its form asks which of them. */
export function closeIssueButton(state: CutoverState): Button | undefined {
  const last = state.issues.findLast(({ closedAt }) => closedAt === undefined)
  if (last === undefined || !isOffered(state, 'close issue')) return undefined
  return button({
    action: ACTIONS.closeIssue,
    label: 'Close…',
    about: 'an issue',
    value: cutoverValue(state, last.id),
  })
}

/** On everything that failed or is out of bounds. */
export const openIssueButton = (state: CutoverState, step: string): Button[] =>
  isOffered(state, 'issue')
    ? [button({ action: ACTIONS.openIssue, label: 'Issue…', value: stepValue(state, step) })]
    : []

export const assignButton = (state: CutoverState, role: string): Button =>
  button({ action: ACTIONS.assign, label: 'Assign…', value: cutoverValue(state, role) })

function takeOverButtons(state: CutoverState): Button[] {
  return Object.entries(state.holders).flatMap(([role, { backup }]) => {
    if (backup === undefined) return []
    const title = state.plan.roles[role]?.title ?? role
    return [
      button({
        action: ACTIONS.takeOver,
        label: `Take over as ${title}`,
        value: cutoverValue(state, role),
        confirm: {
          title: 'Take over?',
          text: `You are the stand-in; you become ${title} at once.`,
          yes: 'Take over',
        },
      }),
    ]
  })
}
