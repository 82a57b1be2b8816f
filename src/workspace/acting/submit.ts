import { elementState, heldValue, ImpossibleChoice } from '../element-values.ts'
import type { PlacedElement } from '../elements.ts'
import { interactiveElements } from '../elements.ts'
import type { JsonObject } from '../json.ts'
import { textAt } from '../json.ts'
import { Refused } from '../methods/method.ts'
import type { Ack } from '../sockets.ts'
import type { View } from '../types.ts'
import { stateKey, stateValues } from '../view-state.ts'
import type { SubmissionOutcome } from '../views.ts'
import { applySubmissionAnswer, closeModal } from '../views.ts'
import { viewToWire } from '../wire.ts'
import type { World } from '../world.ts'
import type { Deliver } from './deliver.ts'
import { commonPayload } from './payloads.ts'
import { Problem } from './problem.ts'
import { actor, directoryOf, modalOf } from './who-and-where.ts'

export type Submission =
  /** Sent to the app, which answered. */
  | { sent: true; ack: Ack; outcome: SubmissionOutcome }
  /** Sent, but the answer was missing or of no use: the modal stays open and says so. */
  | { sent: true; ack: Ack; failure: string }
  /** Held back by the client: these fields are not filled in as they must be. */
  | { sent: false; errors: Record<string, string> }

const TROUBLE = 'We had some trouble connecting. Try again?'

/** A person fills in a modal and submits it. Values not given keep what was entered before, or their initial value. */
export async function submit(
  world: World,
  deliver: Deliver,
  given: { user: string; view_id: string; values: JsonObject },
): Promise<Submission> {
  const user = actor(world, given.user)
  const view = modalOf(world, user, given.view_id)
  if (view.content.submit === undefined) {
    throw new Problem(409, 'no_submit', `The modal ${view.id} has no button to submit it.`)
  }
  enter(world, view, given.values)
  const errors = fieldErrors(view)
  view.errors = errors
  world.changed({ what: 'views', user: user.id })
  if (Object.keys(errors).length > 0) return { sent: false, errors }
  const ack = await deliver('interactive', {
    ...commonPayload(world, user),
    type: 'view_submission',
    trigger_id: world.triggers.issue(user.id, view.id),
    view: viewToWire(world, view),
    response_urls: [],
  })
  if (ack.status !== 'acknowledged') return { sent: true, ack, failure: TROUBLE }
  try {
    return { sent: true, ack, outcome: applySubmissionAnswer(world, view, ack.body) }
  } catch (error) {
    if (error instanceof Refused) return { sent: true, ack, failure: `${TROUBLE} (${error.error})` }
    throw error
  }
}

/** A person closes a modal by its button; the app hears of it when it asked to. */
export async function close(
  world: World,
  deliver: Deliver,
  given: { user: string; view_id: string },
): Promise<Ack | undefined> {
  const user = actor(world, given.user)
  const view = modalOf(world, user, given.view_id)
  closeModal(world, view, { all: view.content.clearOnClose })
  if (!view.content.notifyOnClose) return undefined
  return deliver('interactive', {
    ...commonPayload(world, user),
    type: 'view_closed',
    view: viewToWire(world, view),
    is_cleared: view.content.clearOnClose,
  })
}

function enter(world: World, view: View, values: JsonObject): void {
  const inputs = interactiveElements(view.content.blocks)
  for (const [place, value] of Object.entries(values)) {
    const input = inputs.find(
      ({ block, actionId }) => place === block.block_id || place === `${block.block_id}.${actionId}`,
    )
    if (input === undefined) {
      const known = inputs.map(({ block, actionId }) => `${block.block_id}.${actionId}`).join(', ')
      throw new Problem(
        400,
        'unknown_input',
        `The modal has no input "${place}". It has: ${known || 'none'}.`,
      )
    }
    try {
      const state = elementState(input.element, value, directoryOf(world))
      view.entered.set(stateKey(input.block.block_id, input.actionId), state)
    } catch (error) {
      if (error instanceof ImpossibleChoice)
        throw new Problem(400, 'impossible_choice', `${place}: ${error.message}`)
      throw error
    }
  }
}

function fieldErrors(view: View): Record<string, string> {
  const values = stateValues(view.content.blocks, view.entered)
  const found = interactiveElements(view.content.blocks).flatMap((input): [string, string][] => {
    if (input.block.type !== 'input') return []
    const held = heldValue(values[input.block.block_id]?.[input.actionId] ?? {})
    const error = fieldError(input, held)
    return error === undefined ? [] : [[input.block.block_id, error]]
  })
  return Object.fromEntries(found)
}

function fieldError({ block, element }: PlacedElement, held: unknown): string | undefined {
  const isEmpty = held === null || held === '' || (Array.isArray(held) && held.length === 0)
  if (isEmpty) return block['optional'] === true ? undefined : 'Please complete this required field.'
  if (typeof held !== 'string') return undefined
  return textError(element, held)
}

function textError(element: JsonObject, held: string): string | undefined {
  const least = Number(element['min_length'] ?? 0)
  const most = Number(element['max_length'] ?? 3_000)
  switch (textAt(element, 'type')) {
    case 'plain_text_input':
      if (held.length < least) return `Must be at least ${least} characters.`
      return held.length > most ? `Must be at most ${most} characters.` : undefined
    case 'number_input':
      return numberError(element, held)
    case 'email_text_input':
      return /^\S+@\S+\.\S+$/.test(held) ? undefined : 'Please enter a valid email address.'
    case 'url_text_input':
      return URL.canParse(held) ? undefined : 'Please enter a valid URL.'
    default:
      return undefined
  }
}

function numberError(element: JsonObject, held: string): string | undefined {
  const number = Number(held)
  if (!Number.isFinite(number)) return 'Please enter a valid number.'
  if (element['is_decimal_allowed'] !== true && !Number.isInteger(number))
    return 'Please enter a whole number.'
  if (number < Number(element['min_value'] ?? number))
    return `Must be at least ${String(element['min_value'])}.`
  if (number > Number(element['max_value'] ?? number))
    return `Must be at most ${String(element['max_value'])}.`
  return undefined
}
