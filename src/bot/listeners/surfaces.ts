import type {
  AckFn,
  RespondArguments,
  RespondFn,
  SlashCommand,
  ViewOutput,
  ViewResponseAction,
  ViewSubmitAction,
} from '@slack/bolt'
import type { KnownBlock, ModalView } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import { randomBytes } from 'node:crypto'
import { section } from '../blocks.ts'
import { modal } from '../views/modal.ts'
import type { Request } from './attend.ts'
import { asText, type Reply } from './reply.ts'

/** How a command, a click and a form are answered. */

const reference = (): string => randomBytes(4).toString('hex')

const shownOnly = (text: string, blocks?: readonly KnownBlock[]): RespondArguments => ({
  response_type: 'ephemeral',
  replace_original: false,
  text,
  ...(blocks === undefined ? {} : { blocks: [...blocks] }),
})

function shown(reply: Reply): RespondArguments | undefined {
  const text = asText(reply)
  if (text === undefined) return undefined
  return shownOnly(text, reply.kind === 'say' ? reply.blocks : undefined)
}

export function commandRequest(given: {
  readonly command: SlashCommand
  readonly ack: AckFn<string | RespondArguments>
  readonly respond: RespondFn
}): Request {
  const { command, ack, respond } = given
  return {
    reference: reference(),
    what: 'command',
    person: command.user_id,
    teams: [command.team_id],
    answer: (reply) => ack(shown(reply)),
    wait: () => ack(),
    follow: (reply) => responding(respond, shown(reply)),
  }
}

/** A click in a message, or a message shortcut: what comes with both. */
export interface Click {
  readonly user: { readonly id: string; readonly team_id?: string }
  readonly team: { readonly id: string } | null
}

export function clickRequest(given: {
  readonly body: Click
  readonly what: string
  readonly ack: () => Promise<void>
  readonly respond: RespondFn
}): Request {
  const { body, what, ack, respond } = given
  const follow = (reply: Reply): Promise<void> => responding(respond, shown(reply))
  return {
    reference: reference(),
    what,
    person: body.user.id,
    teams: teamsOf(body),
    // An acknowledgement of a click carries no words: they go first, so that a failure mark never hides them.
    async answer(reply) {
      await follow(reply)
      await ack()
    },
    wait: ack,
    follow,
  }
}

export function formRequest(given: {
  readonly body: ViewSubmitAction
  readonly ack: AckFn<ViewResponseAction>
  readonly client: WebClient
}): Request {
  const { body, ack, client } = given
  const { view } = body
  return {
    reference: reference(),
    what: `form ${view.callback_id}`,
    person: body.user.id,
    teams: teamsOf(body),
    answer: (reply) => ack(formAnswer(view, reply)),
    // Closing it now would leave nowhere to show what is wrong.
    wait: () => ack({ response_action: 'update', view: reading(view, 'Recording…') }),
    async follow(reply) {
      const next = reply.kind === 'view' ? reply.view : reading(view, asText(reply) ?? 'Recorded.')
      await client.views.update({ view_id: view.id, view: next })
    },
  }
}

function formAnswer(view: ViewOutput, reply: Reply): ViewResponseAction | undefined {
  switch (reply.kind) {
    case 'done':
      return reply.said === undefined
        ? undefined
        : { response_action: 'update', view: reading(view, reply.said) }
    case 'errors':
      return beside(view, reply.errors)
    case 'view':
      return { response_action: 'update', view: reply.view }
    case 'say':
      return beside(view, {}, reply.text)
  }
}

/** Slack refuses errors beside inputs that a form does not have: what fits none of them goes to the first one. */
function beside(
  view: ViewOutput,
  found: Readonly<Record<string, string>>,
  text = Object.values(found).join(' '),
): ViewResponseAction {
  const inputs = inputsOf(view)
  const placed = Object.entries(found).filter(([block]) => inputs.includes(block))
  if (placed.length > 0) return { response_action: 'errors', errors: Object.fromEntries(placed) }
  const first = inputs[0]
  return first === undefined
    ? { response_action: 'update', view: reading(view, text) }
    : { response_action: 'errors', errors: { [first]: plainOf(text) } }
}

/** Errors in a form are plain text. */
const plainOf = (text: string): string => text.replaceAll(/[*`]/g, '')

const reading = (view: ViewOutput, text: string): ModalView =>
  modal({ id: view.callback_id, title: view.title.text, blocks: [section(text)] })

/** The block_ids of a form's inputs, in order. */
export const inputsOf = (view: ViewOutput): readonly string[] =>
  view.blocks.flatMap((block) =>
    block.type === 'input' && block.block_id !== undefined ? [block.block_id] : [],
  )

const teamsOf = ({ team, user }: Click): readonly string[] =>
  [team?.id, user.team_id].filter((id) => id !== undefined)

async function responding(respond: RespondFn, message: RespondArguments | undefined): Promise<void> {
  if (message !== undefined) await respond(message)
}
