import { z } from 'zod'
import { findingMessage, validateView } from './block-limits.ts'
import { completeBlocks } from './elements.ts'
import { freshId, secret } from './ids.ts'
import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import { Refused } from './methods/method.ts'
import type { View, ViewContent } from './types.ts'
import { viewToWire } from './wire.ts'
import type { World } from './world.ts'

const LARGEST_VIEW_BYTES = 250_000
const DEEPEST_STACK = 3

const ViewFields = z.object({
  type: z.enum(['modal', 'home']),
  blocks: z.array(z.record(z.string(), z.unknown())),
  title: z.record(z.string(), z.unknown()).optional(),
  submit: z.record(z.string(), z.unknown()).optional(),
  close: z.record(z.string(), z.unknown()).optional(),
  callback_id: z.string().default(''),
  private_metadata: z.string().default(''),
  external_id: z.string().default(''),
  clear_on_close: z.boolean().default(false),
  notify_on_close: z.boolean().default(false),
})

/** Reads a view as the app sent it; refuses what Slack would refuse, in its words. */
export function readView(given: unknown, type: 'modal' | 'home'): ViewContent {
  if (Buffer.byteLength(JSON.stringify(given) ?? '') > LARGEST_VIEW_BYTES) throw new Refused('view_too_large')
  const findings = validateView(given)
  const fields = ViewFields.safeParse(given)
  if (findings.length > 0 || !fields.success || fields.data.type !== type) {
    const errors = findings.map((finding) => `[ERROR] ${findingMessage(finding, '/view')}`)
    const messages =
      errors.length > 0 ? errors : [`[ERROR] must be a view of type ${type} [json-pointer:/view]`]
    throw new Refused('invalid_arguments', { response_metadata: { messages } })
  }
  const { title, submit, close } = fields.data
  return {
    type,
    blocks: completeBlocks(fields.data.blocks),
    ...(title === undefined ? {} : { title }),
    ...(submit === undefined ? {} : { submit }),
    ...(close === undefined ? {} : { close }),
    callbackId: fields.data.callback_id,
    privateMetadata: fields.data.private_metadata,
    externalId: fields.data.external_id,
    clearOnClose: fields.data.clear_on_close,
    notifyOnClose: fields.data.notify_on_close,
  }
}

/** Opens a modal as the root of a new stack; one that was open before is gone. */
export function openModal(world: World, user: string, content: ViewContent): View {
  refuseTakenExternalId(world, content)
  const id = freshId('V')
  const view = makeView({ id, user, content, rootId: id, previousId: null })
  world.state.modals.set(user, [view])
  world.changed({ what: 'views', user })
  return view
}

/** Puts a modal on top of those that are open. */
export function pushModal(world: World, user: string, content: ViewContent): View {
  const stack = world.state.openModals(user)
  const top = stack.at(-1)
  if (top === undefined) throw new Refused('not_found')
  if (stack.length >= DEEPEST_STACK) throw new Refused('push_limit_reached')
  refuseTakenExternalId(world, content)
  const view = makeView({ id: freshId('V'), user, content, rootId: top.rootId, previousId: top.id })
  world.state.modals.set(user, [...stack, view])
  world.changed({ what: 'views', user })
  return view
}

/** Replaces what a view shows. What was typed stays where block and element keep their ids. */
export function replaceView(world: World, view: View, content: ViewContent): void {
  if (content.externalId !== view.content.externalId) refuseTakenExternalId(world, content)
  view.content = content
  view.hash = freshHash()
  view.errors = {}
  world.changed({ what: content.type === 'home' ? 'home' : 'views', user: view.user })
}

/** Shows a Home tab to one person. */
export function publishHome(world: World, user: string, content: ViewContent): View {
  const published = world.state.homes.get(user)
  if (published !== undefined) {
    replaceView(world, published, content)
    return published
  }
  const id = freshId('V')
  const view = makeView({ id, user, content, rootId: id, previousId: null })
  world.state.homes.set(user, view)
  world.changed({ what: 'home', user })
  return view
}

/** Takes a modal off the stack, with all that lie above it; `all` closes the whole stack. */
export function closeModal(world: World, view: View, options: { all: boolean }): void {
  const stack = world.state.openModals(view.user)
  const index = stack.findIndex((open) => open.id === view.id)
  if (index < 0) return
  world.state.modals.set(view.user, options.all ? [] : stack.slice(0, index))
  world.changed({ what: 'views', user: view.user })
}

/** What `response_action` in the answer to a submission did. */
export type SubmissionOutcome =
  | { kind: 'closed' }
  | { kind: 'updated'; view: JsonObject }
  | { kind: 'pushed'; view: JsonObject }
  | { kind: 'errors'; errors: Record<string, string> }

/** Carries out the answer to a submission. Throws `Refused` when Slack could make nothing of it. */
export function applySubmissionAnswer(world: World, view: View, answer: JsonObject): SubmissionOutcome {
  switch (answer['response_action']) {
    case undefined:
      closeModal(world, view, { all: false })
      return { kind: 'closed' }
    case 'clear':
      closeModal(world, view, { all: true })
      return { kind: 'closed' }
    case 'update':
      replaceView(world, view, readView(answer['view'], 'modal'))
      return { kind: 'updated', view: viewToWire(world, view) }
    case 'push':
      return {
        kind: 'pushed',
        view: viewToWire(world, pushModal(world, view.user, readView(answer['view'], 'modal'))),
      }
    case 'errors': {
      view.errors = readErrors(view, answer['errors'])
      world.changed({ what: 'views', user: view.user })
      return { kind: 'errors', errors: { ...view.errors } }
    }
    default:
      throw new Refused('invalid_response_action')
  }
}

function readErrors(view: View, given: unknown): Record<string, string> {
  const inputs = new Set(
    view.content.blocks.filter(({ type }) => type === 'input').map((block) => block.block_id),
  )
  const entries = isObject(given) ? Object.entries(given) : []
  const usable = entries.filter(
    (entry): entry is [string, string] => inputs.has(entry[0]) && typeof entry[1] === 'string',
  )
  if (usable.length === 0 || usable.length < entries.length) throw new Refused('invalid_errors')
  return Object.fromEntries(usable)
}

function refuseTakenExternalId(world: World, content: ViewContent): void {
  const { externalId } = content
  if (
    externalId !== '' &&
    world.state.findView((view) => view.content.externalId === externalId) !== undefined
  ) {
    throw new Refused('duplicate_external_id')
  }
}

function makeView(given: Pick<View, 'id' | 'user' | 'content' | 'rootId' | 'previousId'>): View {
  return { ...given, hash: freshHash(), entered: new Map(), errors: {} }
}

function freshHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${secret(8)}`
}
