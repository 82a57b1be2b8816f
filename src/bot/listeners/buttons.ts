import type { App, BlockAction, ButtonAction } from '@slack/bolt'
import type { CutoverLog, Loaded } from '../../app/ports.ts'
import { itemChoices } from '../../domain/choices.ts'
import { decide } from '../../domain/decide.ts'
import type { PersonCommand } from '../../domain/commands.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { button as buttonBlock } from '../blocks.ts'
import { ACTIONS, decodeValue, isAction, type ActionId, type ButtonValue } from '../ids.ts'
import { actForm, wantsForm } from '../views/act-form.ts'
import { itemsForm } from '../views/items-form.ts'
import { planView } from '../views/plan-view.ts'
import { attend, type Request } from './attend.ts'
import { act, type Desk } from './desk.ts'
import { openForm } from './open-form.ts'
import { commandOf } from './person-command.ts'
import { done, say, type Reply } from './reply.ts'
import { openRollback } from './rollback.ts'
import { openStart } from './start.ts'
import { clickRequest } from './surfaces.ts'
import { refusalText, saidByClick } from './wording.ts'

/** Every button under a message: carried out at once, or after the form that asks for its words. */
export function registerButtons(app: App, desk: Desk): void {
  app.action<BlockAction<ButtonAction>>(
    { type: 'block_actions', action_id: /^(step|gate|choice|cutover|role|open)\./ },
    async ({ body, action, ack, respond }) => {
      const { action_id: id, value } = action
      if (!isAction(id)) return ack()
      const request = clickRequest({ body, what: `click ${id}`, ack: () => ack(), respond })
      await attend(desk, request, (log) =>
        clicked(desk, log, request, { action: id, button: decodeValue(value), trigger: body.trigger_id }),
      )
    },
  )
}

export interface Clicked {
  readonly action: ActionId
  readonly button: ButtonValue
  readonly trigger: string
}

async function clicked(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { button, ...rest }: Omit<Clicked, 'button'> & { readonly button: ButtonValue | null },
): Promise<Reply> {
  if (button === null) {
    return say(
      'This button is from another version of Cutover. Nothing was recorded; `/cutover status` goes on.',
    )
  }
  const given = { ...rest, button }
  if (given.action === ACTIONS.open) return openStart(desk, request, { trigger: given.trigger })
  if (given.action === ACTIONS.rollback) {
    return openRollback(desk, log, request, { trigger: given.trigger, cutover: button.cutover })
  }
  const loaded = await log.load(button.cutover)
  if (!loaded) return say(`There is no cutover \`${button.cutover}\` in this log. Nothing was recorded.`)
  return press(desk, log, request, given, loaded)
}

/** What a button does, also when a word of `/cutover` stands for it. */
export async function press(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  given: Clicked,
  loaded: Loaded,
): Promise<Reply> {
  const { action, button, trigger } = given
  const { state } = loaded
  const again = buttonBlock({ action, label: 'Open the form', value: button })
  if (action === ACTIONS.plan) return openForm(desk.client, { trigger, view: planView(state), again })

  const command =
    action === ACTIONS.items ? itemsCommand(state, button, request.person) : commandOf(action, button)
  if (command === null) return say('This button shows nothing any more. `/cutover status` goes on.')
  const form =
    action === ACTIONS.items
      ? itemsForm(state, button, request.person)
      : wantsForm(state, action, button)
        ? actForm(state, { action, button, now: loaded.now })
        : null
  if (form === null) return carryOut(desk, log, request, given, command)

  const refused = refusedWhateverIsWritten(loaded, request, given, command)
  if (refused !== null) {
    desk.show(button.cutover, button.subject)
    return say(refused)
  }
  return openForm(desk.client, { trigger, view: form, again })
}

/** Items may belong to others than their step: whoever has one of them gets the form. */
function itemsCommand(state: CutoverState, { subject }: ButtonValue, person: PersonId): PersonCommand {
  const [item] = state.plan.steps[subject] === undefined ? [] : itemChoices(state, subject, 'tick', person)
  return { type: 'tick', step: subject, result: 'done', fields: {}, ...(item === undefined ? {} : { item }) }
}

async function carryOut(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { action, button }: Clicked,
  command: PersonCommand,
): Promise<Reply> {
  const { cutover, subject, part = '', revision } = button
  const outcome = await act(desk, log, request, {
    cutover,
    command,
    revision,
    about: subject,
    key: `${subject}/${part}/${revision}/${action}`,
  })
  return outcome.ok ? done(saidByClick(outcome)) : say(refusalText(outcome.refusal))
}

/** Refusals that the words of a form can cure; they are judged when it is submitted. */
const CURABLE: ReadonlySet<string> = new Set([
  'reason missing',
  'text not usable',
  'field missing',
  'field invalid',
  'items open',
  'name wrong',
  'time in the past',
  'role unknown',
  'not eligible',
  'already holds',
  'backup missing',
  'gate not carried',
  'running attempts',
  'states open',
])

/** Nobody fills in a form that cannot be accepted: an old button, or a person who may not. */
function refusedWhateverIsWritten(
  { state, now }: Loaded,
  { person }: Request,
  { button }: Clicked,
  command: PersonCommand,
): string | null {
  const decision = decide(state, command, {
    actor: { kind: 'person', person, via: 'slack' },
    at: now,
    revision: button.revision,
  })
  return decision.ok || CURABLE.has(decision.refusal.code) ? null : refusalText(decision.refusal)
}
