import type { KnownBlock, ModalView } from '@slack/types'
import { TIME_FORMS } from '../../app/parse-time.ts'
import { gateChoices } from '../../domain/choices.ts'
import type { TwoPersonAction } from '../../domain/events.ts'
import { mutationsInForce, openStates } from '../../domain/lookup.ts'
import type { Field, Instant, Step } from '../../domain/plan.ts'
import { criterionMatter, stepMatter, type Matter } from '../../domain/two-people.ts'
import type { CutoverState } from '../../domain/state.ts'
import { clip, context, input, OPTION_MAX, section } from '../blocks.ts'
import { ACTIONS, FORMS, type ActionId, type ButtonValue } from '../ids.ts'
import { draftToEdit } from './draft.ts'
import { INPUTS, inputOf, remember } from './forms.ts'
import { criteriaWith, criterionTitle } from './gate-criteria.ts'
import { menu, modal, someone, typed, type Choice } from './modal.ts'
import { isTeamForm, teamForm } from './team-form.ts'
import { actor, dotted, person, statusText, value } from './words.ts'

type Ask =
  | 'reason'
  | 'optional reason'
  | 'time'
  | 'optional time'
  | 'fields'
  | 'note'
  | 'draft'
  | 'part'
  | 'name'
  | 'left'
  | 'role'
  | 'handover'

interface FormSpec {
  readonly title: string
  readonly submit: string
  readonly asks: readonly Ask[]
  /** What it leads to, before anybody presses. */
  readonly says?: string
}

/** Actions that want words first. What is not listed is done by its click. */
const SPECS: { readonly [Action in ActionId]?: FormSpec } = {
  [ACTIONS.tick]: { title: 'Done', submit: 'Tick it', asks: ['fields', 'note'] },
  [ACTIONS.tickFailed]: {
    title: 'It failed',
    submit: 'Record it',
    asks: ['reason'],
    says: 'It is recorded as failed and as an open issue; what comes next waits for a decision.',
  },
  [ACTIONS.tickNa]: { title: 'Not applicable', submit: 'Record it', asks: ['reason'] },
  [ACTIONS.untick]: {
    title: 'Take the tick back',
    submit: 'Take it back',
    asks: ['reason'],
    says: 'Steps behind it wait again.',
  },
  [ACTIONS.retry]: {
    title: 'Try again',
    submit: 'Try again',
    asks: ['reason'],
    says: 'A new attempt is started.',
  },
  [ACTIONS.skip]: {
    title: 'Skip',
    submit: 'Skip it',
    asks: ['reason'],
    says: 'It is not carried out; the cutover goes on without it. A deviation, with your name.',
  },
  [ACTIONS.override]: {
    title: 'Go on anyway',
    submit: 'Go on',
    asks: ['reason'],
    says: 'The cutover goes on although this is red. A deviation, with your name.',
  },
  [ACTIONS.cancel]: {
    title: 'Cancel what runs',
    submit: 'Stop it',
    asks: ['reason'],
    says: 'The work is stopped.',
  },
  [ACTIONS.markSucceeded]: {
    title: 'It succeeded',
    submit: 'Declare it',
    asks: ['reason'],
    says: 'You looked, and it was done completely. The cutover goes on as if its end had been seen.',
  },
  [ACTIONS.markFailed]: {
    title: 'It failed',
    submit: 'Declare it',
    asks: ['reason'],
    says: 'You looked, and it was not done. It can then be tried again, skipped or rolled back.',
  },
  [ACTIONS.edit]: {
    title: 'Edit the notice',
    submit: 'Approve it so',
    asks: ['draft'],
    says: 'What you write replaces the text for everybody it goes to; the subject stays.',
  },
  [ACTIONS.reject]: {
    title: 'Reject the draft',
    submit: 'Reject it',
    asks: ['reason'],
    says: 'Nothing is sent. The notice can then be drafted anew (Retry), skipped or sent by hand.',
  },
  [ACTIONS.move]: { title: 'Move in time', submit: 'Move it', asks: ['time', 'reason'] },
  [ACTIONS.noGo]: {
    title: 'NO-GO',
    submit: 'NO-GO',
    asks: ['reason'],
    says: 'One NO-GO is enough. It closes this round for good.',
  },
  [ACTIONS.unconfirm]: { title: 'Take it back', submit: 'Take it back', asks: ['part', 'reason'] },
  [ACTIONS.overrideCriterion]: {
    title: 'Override',
    submit: 'Override',
    asks: ['part', 'reason'],
    says: 'Holds for this round, and only while the answer stays what it is now. A deviation, with your name.',
  },
  [ACTIONS.round]: {
    title: 'Open a new round',
    submit: 'Open it',
    asks: ['optional time', 'reason'],
    says: 'All votes given before are void.',
  },
  [ACTIONS.why]: {
    title: 'Why it is held',
    submit: 'Add it',
    asks: ['reason'],
    says: 'It is held already. This is a note for everybody, and for the record.',
  },
  [ACTIONS.resume]: { title: 'Resume', submit: 'Resume', asks: ['optional reason'] },
  [ACTIONS.postpone]: {
    title: 'Postpone',
    submit: 'Postpone',
    asks: ['optional time', 'reason'],
    says: 'Without a new time it stays postponed until somebody gives one.',
  },
  [ACTIONS.abandon]: {
    title: 'Abandon',
    submit: 'Abandon',
    asks: ['name', 'left', 'reason'],
    says: 'This is final.',
  },
  [ACTIONS.assign]: {
    title: 'Assign a role',
    submit: 'Assign',
    asks: ['role', 'handover', 'optional reason'],
  },
}

/** Whether an action wants words before it is carried out; the rest is done by its click. */
export function wantsForm(state: CutoverState, action: ActionId, { subject }: ButtonValue): boolean {
  if (isTeamForm(action)) return true
  if (action !== ACTIONS.tick) return SPECS[action] !== undefined
  return fieldsOf(state, subject).length > 0
}

export interface Asking {
  readonly action: ActionId
  readonly button: ButtonValue
  readonly now: Instant
}

/** The form for one action on one step, gate, or the cutover itself. Null when its click is all it wants. */
export function actForm(state: CutoverState, asking: Asking): ModalView | null {
  const { action, button } = asking
  const spec = SPECS[action]
  if (spec === undefined) return teamForm(state, asking)
  return modal({
    id: FORMS.act,
    title: spec.title,
    submit: spec.submit,
    memory: remember({ ...button, action }),
    blocks: [...headOf(state, asking, spec), ...spec.asks.flatMap((ask) => asked(state, asking, ask))],
  })
}

function headOf(state: CutoverState, asking: Asking, spec: FormSpec): KnownBlock[] {
  return [
    section(aboutText(state, asking)),
    ...(spec.says === undefined ? [] : [context(spec.says)]),
    ...twoPeople(state, asking),
  ]
}

function aboutText(state: CutoverState, asking: Asking): string {
  const { subject, part } = asking.button
  const step = state.plan.steps[subject]
  const own = state.steps[subject]
  if (step === undefined || own === undefined) return `*${value(state.plan.title)}*`
  const of =
    part === undefined || partInput(state, asking).length > 0 ? '' : ` · ${partText(step, part, state)}`
  return `*${value(step.title)}*${of} — ${statusText(step, own.status)}`
}

function partText(step: Step, part: string, state: CutoverState): string {
  const item = step.kind === 'do' ? step.items.find(({ id }) => id === part) : undefined
  return value(item?.text ?? (step.kind === 'decide' ? criterionTitle(state, step.id, part) : part), 200)
}

function twoPeople(state: CutoverState, { action, button }: Asking): KnownBlock[] {
  const matter = matterOf(state, action, button)
  if (matter?.needsTwo !== true) return []
  const { asked } = matter
  return [
    context(
      asked === undefined
        ? 'This takes two people: a second one must confirm it.'
        : `${actor(asked.by)} has asked for the same: ${value(asked.reason)}`,
    ),
  ]
}

function matterOf(
  state: CutoverState,
  action: ActionId,
  { subject, part = '' }: ButtonValue,
): Matter | undefined {
  if (action === ACTIONS.overrideCriterion) return criterionMatter(state, subject, part)
  const word = NEED_TWO[action]
  return word === undefined || state.steps[subject] === undefined
    ? undefined
    : stepMatter(state, subject, word)
}

const NEED_TWO: { readonly [Action in ActionId]?: TwoPersonAction } = {
  [ACTIONS.skip]: 'skip',
  [ACTIONS.override]: 'override',
  [ACTIONS.retry]: 'retry',
  [ACTIONS.markSucceeded]: 'mark succeeded',
  [ACTIONS.markFailed]: 'mark failed',
}

function fieldsOf(state: CutoverState, step: string): readonly Field[] {
  const found = state.plan.steps[step]
  return found?.kind === 'do' ? found.fields : []
}

function asked(state: CutoverState, asking: Asking, ask: Ask): KnownBlock[] {
  const { button } = asking
  switch (ask) {
    case 'reason':
      return [input({ id: INPUTS.reason, label: 'Why?', element: typed({ long: true }) })]
    case 'optional reason':
      return [input({ id: INPUTS.reason, label: 'Why?', element: typed({ long: true }), optional: true })]
    case 'note':
      return [
        input({
          id: INPUTS.note,
          label: 'A note for the record',
          element: typed({ long: true }),
          optional: true,
        }),
      ]
    case 'draft':
      return [
        input({
          id: INPUTS.note,
          label: 'The text',
          element: typed({ long: true, initial: clip(draftToEdit(state, button.subject), 3_000) }),
        }),
      ]
    case 'part':
      return partInput(state, asking)
    case 'time':
    case 'optional time':
      return [timeInput(state, ask === 'optional time')]
    case 'fields':
      return fieldInputs(state, button.subject)
    case 'name':
      return nameInput(state)
    case 'left':
      return openStates(state).flatMap(leftInputs)
    case 'role':
      return [roleInput(state)]
    case 'handover':
      return [
        input({ id: INPUTS.person, label: 'Who takes it?', element: someone() }),
        input({ id: INPUTS.backup, label: 'Stand-in', element: someone(), optional: true }),
      ]
  }
}

/** Where the button stands for several, which of them; the one it bears comes first. */
function partInput(state: CutoverState, asking: Asking): KnownBlock[] {
  const { button } = asking
  const choices = criteria(state, asking).filter((one) => one.value.length <= OPTION_MAX)
  if (choices.length < 2) return []
  const initial = { initial: button.part ?? '' }
  return [input({ id: INPUTS.part, label: 'Criterion', element: menu(choices, initial) })]
}

function criteria(state: CutoverState, { action, button, now }: Asking): readonly Choice[] {
  const word = action === ACTIONS.unconfirm ? 'unconfirm' : 'override'
  return criteriaWith(gateChoices(state, button.subject, now), word).map((id) => ({
    label: criterionTitle(state, button.subject, id),
    value: id,
  }))
}

function timeInput(state: CutoverState, optional: boolean): KnownBlock {
  return input({
    id: INPUTS.time,
    label: 'When?',
    hint: `${TIME_FORMS.replaceAll('`', '')}. Without a zone it is ${state.plan.window.zone}.`,
    element: typed({ placeholder: '+30m' }),
    optional,
  })
}

/**
 * Inputs for the fields of a `do`, with what was entered before. While items are open a form must go without them, so Slack
 * may not insist on them: those that are needed in the end say so.
 */
export function fieldInputs(
  state: CutoverState,
  step: string,
  { areNeededLater = false }: { readonly areNeededLater?: boolean } = {},
): KnownBlock[] {
  const before = state.steps[step]?.fields ?? {}
  return fieldsOf(state, step).map((field) =>
    input({
      id: inputOf.field(field.name),
      label: field.label ?? field.name,
      hint: dotted([
        areNeededLater && !field.optional && 'Needed when the last item is answered',
        FIELD_HINTS[field.type],
        field.pattern !== undefined && `of the form ${field.pattern}`,
      ]),
      element: typed({ initial: before[field.name] ?? '' }),
      optional: field.optional || areNeededLater,
    }),
  )
}

const FIELD_HINTS: { readonly [type in Field['type']]: string } = {
  text: 'Text',
  int: 'A whole number',
  number: 'A number',
  time: 'A time like 02:30',
  url: 'An address that begins with http:// or https://',
}

/** What is in force is not left behind by a slip of the finger. */
function nameInput(state: CutoverState): KnownBlock[] {
  if (mutationsInForce(state).length === 0) return []
  const { name } = state.plan.rollback
  return [
    input({
      id: INPUTS.name,
      label: `Steps that changed something are in force. Type “${clip(name, 200)}” to leave them as they are.`,
      element: typed(),
    }),
  ]
}

function leftInputs(state: string): KnownBlock[] {
  return [
    input({
      id: inputOf.leftOwner(state),
      label: `“${clip(state, 200)}” stays open. Who sees to it?`,
      element: someone(),
    }),
    input({
      id: inputOf.leftReason(state),
      label: `Why does “${clip(state, 200)}” stay open?`,
      element: typed(),
    }),
  ]
}

function roleInput(state: CutoverState): KnownBlock {
  const choices = Object.entries(state.plan.roles).map(([role, { title }]) => ({ label: title, value: role }))
  return input({ id: INPUTS.role, label: 'Role', element: menu(choices) })
}

/** Who holds which role, for the form that changes it and for the board. */
export function holdersText(state: CutoverState): string {
  return Object.entries(state.plan.roles)
    .map(([role, { title }]) => {
      const holder = state.holders[role]
      const stand = holder?.backup === undefined ? '' : ` (stand-in ${person(holder.backup)})`
      return `${value(title)} ${holder === undefined ? 'nobody' : person(holder.person)}${stand}`
    })
    .join(' · ')
}
