import type { WebClient } from '@slack/web-api'
import { answerOf, type Answer } from './slack-answer.ts'

/** Our own posts bear this, so that they are found again after a lost answer. */
export const metadataOf = (cutover: string, key: string) => ({
  event_type: 'cutover',
  event_payload: { cutover, key },
})

interface Sought {
  readonly cutover: string
  readonly key: string
  readonly channel: string
  readonly thread?: string
  /** Nothing of this cutover is older, milliseconds. */
  readonly since: number
}

const PAGE = 200
const PAGES_MAX = 10
/** Clocks differ a little. */
const SLACK_MS = 60_000

interface Shown {
  readonly ts?: string
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown }
  readonly files?: readonly { readonly name?: string | null }[]
}

/** The `ts` of our own post with this key; null when there is none. */
export const findPost = (client: WebClient, sought: Sought): Promise<Answer<string | null>> =>
  find(client, sought, ({ metadata }) => bears(metadata, sought))

/** The same for a file, which has no metadata but a name of its own. */
export const findFile = (client: WebClient, sought: Sought, name: string): Promise<Answer<string | null>> =>
  find(client, sought, ({ files }) => (files ?? []).some((file) => file.name === name))

async function find(
  client: WebClient,
  sought: Sought,
  isIt: (message: Shown) => boolean,
): Promise<Answer<string | null>> {
  let cursor: string | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await answerOf(look(client, sought, cursor))
    if (answer.kind !== 'done') return answer
    const found = (answer.value.messages ?? []).find((message: Shown) => isIt(message))
    if (found?.ts !== undefined) return { kind: 'done', value: found.ts }
    cursor = answer.value.response_metadata?.next_cursor
    if (!cursor) break
  }
  return { kind: 'done', value: null }
}

function look(client: WebClient, { channel, thread, since }: Sought, cursor: string | undefined) {
  const common = {
    channel,
    limit: PAGE,
    include_all_metadata: true,
    ...(cursor === undefined ? {} : { cursor }),
  } as const
  if (thread !== undefined) return client.conversations.replies({ ...common, ts: thread })
  const oldest = `${Math.floor((since - SLACK_MS) / 1_000)}.000000`
  return client.conversations.history({ ...common, oldest })
}

function bears(metadata: Shown['metadata'], { cutover, key }: Sought): boolean {
  if (metadata?.event_type !== 'cutover') return false
  const payload = metadata.event_payload
  if (typeof payload !== 'object' || payload === null) return false
  return 'cutover' in payload && payload.cutover === cutover && 'key' in payload && payload.key === key
}

export interface ChannelInfo {
  readonly id: string
  readonly name: string
  readonly purpose: string
  readonly creator: string
  readonly isArchived: boolean
}

const CHANNEL_PAGES_MAX = 50

/** The first channel that the app can see and that fits. */
export async function findChannel(
  client: WebClient,
  fits: (channel: ChannelInfo) => boolean,
): Promise<Answer<ChannelInfo | null>> {
  let cursor: string | undefined
  for (let page = 0; page < CHANNEL_PAGES_MAX; page += 1) {
    const answer = await answerOf(
      client.conversations.list({
        types: 'public_channel,private_channel',
        limit: 1_000,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    )
    if (answer.kind !== 'done') return answer
    const found = (answer.value.channels ?? []).flatMap(infoOf).find(fits)
    if (found !== undefined) return { kind: 'done', value: found }
    cursor = answer.value.response_metadata?.next_cursor
    if (!cursor) break
  }
  return { kind: 'done', value: null }
}

function infoOf(channel: {
  readonly id?: string
  readonly name?: string
  readonly creator?: string
  readonly is_archived?: boolean
  readonly purpose?: { readonly value?: string }
}): readonly ChannelInfo[] {
  const { id, name, creator = '', is_archived: isArchived = false, purpose } = channel
  if (id === undefined || name === undefined) return []
  return [{ id, name, creator, isArchived, purpose: purpose?.value ?? '' }]
}
