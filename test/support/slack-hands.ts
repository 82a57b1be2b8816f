import { setTimeout as sleep } from 'node:timers/promises'
import type { Product } from './product.ts'

interface Element {
  readonly type: string
  readonly action_id?: string
  readonly value?: string
}

interface Block {
  readonly block_id?: string
  readonly elements?: readonly Element[]
  readonly accessory?: Element
}

export interface Message {
  readonly ts: string
  readonly text: string
  readonly plain: string
  readonly blocks?: readonly Block[]
  readonly replies?: readonly Message[]
}

/** What people see and press in the local workspace, by its control API. */
export interface Hands {
  /** Waits for the channel whose name begins so. */
  readonly channel: (prefix: string) => Promise<string>
  readonly messages: (channel: string) => Promise<readonly Message[]>
  /** Waits for a message that says so, in the channel or in a thread, the newest first. */
  readonly sees: (channel: string, says: RegExp) => Promise<Message>
  /** Waits for a button of that kind in a message that says so, and presses it. */
  readonly press: (
    user: string,
    channel: string,
    action: string,
    says: RegExp,
  ) => Promise<Record<string, unknown>>
  readonly command: (user: string, channel: string, text: string) => Promise<Record<string, unknown>>
}

const WITHIN_MS = 20_000

export function handsIn({ control }: Pick<Product, 'control'>): Hands {
  const messages = async (channel: string): Promise<readonly Message[]> => {
    const answer = await control(`/control/channels/${channel}/messages`)
    return (answer['messages'] ?? []) as readonly Message[]
  }
  const sees = (channel: string, says: RegExp): Promise<Message> =>
    eventually(`a message that says ${says} in ${channel}`, async () =>
      flat(await messages(channel)).findLast((message) => says.test(`${message.plain}\n${message.text}`)),
    )

  return {
    messages,
    sees,
    channel: (prefix) =>
      eventually(`a channel ${prefix}…`, async () => {
        const { channels } = (await control('/control/channels')) as { channels: readonly { name: string }[] }
        return channels.find(({ name }) => name.startsWith(prefix))?.name
      }),
    press: (user, channel, action, says) =>
      eventually(`${action} in a message that says ${says}`, async () => {
        for (const message of flat(await messages(channel)).toReversed()) {
          const found = says.test(`${message.plain}\n${message.text}`) ? buttonIn(message, action) : undefined
          if (!found) continue
          const answer = await control('/control/click', { user, channel, ts: message.ts, ...found })
          if (answer['ok'] === true) return answer
        }
        return undefined
      }),
    command: (user, channel, text) => control('/control/command', { user, channel, text }),
  }
}

function flat(messages: readonly Message[]): Message[] {
  return messages.flatMap((message) => [message, ...(message.replies ?? [])])
}

function buttonIn(message: Message, action: string) {
  for (const block of message.blocks ?? []) {
    for (const element of [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])]) {
      if (element.type !== 'button' || element.action_id?.startsWith(action) !== true) continue
      return {
        action_id: element.action_id,
        ...(block.block_id === undefined ? {} : { block_id: block.block_id }),
        ...(element.value === undefined ? {} : { value: element.value }),
      }
    }
  }
  return undefined
}

export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${WITHIN_MS / 1000} s`)
    await sleep(100)
  }
}
