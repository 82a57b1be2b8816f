import { actionDetails, ImpossibleChoice, isStateful } from '../element-values.ts'
import type { PlacedElement } from '../elements.ts'
import { interactiveElements, labelOf } from '../elements.ts'
import type { JsonObject } from '../json.ts'
import type { Ack } from '../sockets.ts'
import type { Block, Channel, Message, User, View } from '../types.ts'
import { stateKey, stateValues } from '../view-state.ts'
import { messageToWire, viewToWire } from '../wire.ts'
import type { World } from '../world.ts'
import type { Deliver } from './deliver.ts'
import { channelPayload, commonPayload } from './payloads.ts'
import { Problem } from './problem.ts'
import { actor, directoryOf, modalOf, visibleTo } from './who-and-where.ts'

export interface ClickRequest {
  user: string
  channel?: string | undefined
  ts?: string | undefined
  view_id?: string | undefined
  action_id: string
  block_id?: string | undefined
  value?: unknown
  /** A click that was on its way when the message changed: buttons of earlier versions count too. */
  stale?: boolean | undefined
}

/** A person presses a button or uses a menu, in a message, an ephemeral message, a modal or the Home tab. */
export async function click(world: World, deliver: Deliver, given: ClickRequest): Promise<Ack> {
  const user = actor(world, given.user)
  if (given.view_id !== undefined) return clickInView(world, deliver, user, given, given.view_id)
  if (given.channel === undefined || given.ts === undefined) {
    throw new Problem(400, 'missing_place', 'A click needs "channel" and "ts" of a message, or a "view_id".')
  }
  const channel = visibleTo(world, user, given.channel)
  const { message, versions } = messageFor(world, user, channel, {
    ts: given.ts,
    stale: given.stale === true,
  })
  const placed = findElement(versions, given)
  const details = chosen(world, placed, given)
  const isEphemeral = message.onlyFor !== undefined
  const target = { channel: channel.id, user: user.id, messageTs: message.ts, threadTs: message.threadTs }
  return deliver('interactive', {
    ...commonPayload(world, user),
    type: 'block_actions',
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: isEphemeral,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    trigger_id: world.triggers.issue(user.id),
    channel: channelPayload(channel),
    // Slack leaves the message out when it was shown to one person only.
    ...(isEphemeral ? {} : { message: messageToWire(world, message, { metadata: false }) }),
    state: { values: stateValues(message.blocks, entered(placed, details)) },
    response_url: `${world.url}${world.responseUrls.issue(target)}`,
    actions: [action(world, placed, details)],
  })
}

async function clickInView(
  world: World,
  deliver: Deliver,
  user: User,
  given: ClickRequest,
  viewId: string,
): Promise<Ack> {
  const home = world.state.homes.get(user.id)
  const view = home?.id === viewId ? home : modalOf(world, user, viewId)
  const placed = findElement([view.content.blocks], given)
  const details = chosen(world, placed, given)
  remember(view, placed, details)
  return deliver('interactive', {
    ...commonPayload(world, user),
    type: 'block_actions',
    container: { type: 'view', view_id: view.id },
    trigger_id: world.triggers.issue(user.id, view.id),
    view: viewToWire(world, view),
    actions: [action(world, placed, details)],
  })
}

/** The message and the versions of it that this click may come from, newest first. */
function messageFor(
  world: World,
  user: User,
  channel: Channel,
  { ts, stale }: { ts: string; stale: boolean },
) {
  const current =
    world.state.ephemerals.find((message) => message.ts === ts && message.onlyFor === user.id) ??
    world.state.findMessage(channel.id, ts)
  const gone = stale ? world.state.deletedMessages.find((message) => isAt(message, channel, ts)) : undefined
  const message = current ?? gone
  if (message === undefined) {
    throw new Problem(404, 'unknown_message', `${user.name} sees no message ${ts} in #${channel.name}.`)
  }
  const versions = stale ? [message.blocks, ...message.earlier.toReversed()] : [message.blocks]
  return { message, versions }
}

function isAt(message: Message, channel: Channel, ts: string): boolean {
  return message.channel === channel.id && message.ts === ts
}

function findElement(versions: readonly (readonly Block[])[], given: ClickRequest): PlacedElement {
  for (const blocks of versions) {
    const found = interactiveElements(blocks).filter(
      ({ block, element, actionId }) =>
        actionId === given.action_id &&
        (given.block_id === undefined || block.block_id === given.block_id) &&
        (element['type'] !== 'button' ||
          given.value === undefined ||
          (element['value'] ?? '') === given.value),
    )
    if (found.length > 1) {
      const places = found.map(
        ({ block, element }) => `block_id ${block.block_id}, value ${String(element['value'])}`,
      )
      throw new Problem(
        409,
        'ambiguous_action',
        `Several elements fit; say which by block_id or value: ${places.join('; ')}.`,
      )
    }
    if (found[0] !== undefined) return found[0]
  }
  const offered = interactiveElements(versions[0] ?? []).map(
    ({ element, actionId }) => `[${labelOf(element)}](${actionId})`,
  )
  throw new Problem(
    409,
    'no_such_action',
    `There is no "${given.action_id}" to press right now. There is: ${offered.join(' ') || 'nothing to press'}.`,
  )
}

function chosen(world: World, placed: PlacedElement, given: ClickRequest): JsonObject {
  try {
    return actionDetails(placed.element, given.value, directoryOf(world))
  } catch (error) {
    if (error instanceof ImpossibleChoice) throw new Problem(400, 'impossible_choice', error.message)
    throw error
  }
}

function action(world: World, { block, actionId }: PlacedElement, details: JsonObject): JsonObject {
  return { action_id: actionId, block_id: block.block_id, ...details, action_ts: world.state.clock.next() }
}

function entered({ block, element, actionId }: PlacedElement, details: JsonObject): Map<string, JsonObject> {
  return new Map(isStateful(element) ? [[stateKey(block.block_id, actionId), details]] : [])
}

function remember(view: View, placed: PlacedElement, details: JsonObject): void {
  for (const [key, value] of entered(placed, details)) view.entered.set(key, value)
}
