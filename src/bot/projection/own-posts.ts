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
  readonly reply_count?: number
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown }
  readonly files?: readonly { readonly name?: string | null }[]
}

/** The `ts` of our own post with this key; null when there is none. */
export const findPost = (client: WebClient, sought: Sought): Promise<Answer<string | null>> =>
  find(client, sought, ({ metadata }) => bears(metadata, sought))

/** The same for a file, which has no metadata but a name of its own. */
export const findFile = (client: WebClient, sought: Sought, name: string): Promise<Answer<string | null>> =>
  find(client, sought, ({ files }) => (files ?? []).some((file) => file.name === name))

/** Where a post of ours stands; a channel by its id. */
export interface Place {
  readonly channel: string
  readonly ts: string
}

/**
 * The same in a channel that others own, at its top and in every thread of this cutover: what a post hangs on there is
 * whatever had been said first, and that may have been something else when it was sent. `channel` may be a name with `#`;
 * null also where there is no such channel.
 */
export async function findPostAnywhere(
  client: WebClient,
  sought: Omit<Sought, 'thread'>,
): Promise<Answer<Place | null>> {
  const known = await channelId(client, sought.channel)
  if (known.kind !== 'done' || known.value === null) return known.kind === 'done' ? NOWHERE : known
  const channel = known.value
  const threads: string[] = []
  const isIt = (message: Shown): boolean => {
    const { ts, metadata, reply_count: replies = 0 } = message
    if (ts !== undefined && replies > 0 && isOf(metadata, sought)) threads.push(ts)
    return bears(metadata, sought)
  }
  const atTop = await asMember(client, channel, () => find(client, { ...sought, channel }, isIt))
  if (atTop.kind !== 'done') return atTop
  if (atTop.value !== null) return { kind: 'done', value: { channel, ts: atTop.value } }
  for (const thread of threads) {
    const inThread = await findPost(client, { ...sought, channel, thread })
    if (inThread.kind !== 'done') return inThread
    if (inThread.value !== null) return { kind: 'done', value: { channel, ts: inThread.value } }
  }
  return NOWHERE
}

/** A public channel is joined for it: anybody may post there, only members may read. */
async function asMember<T>(
  client: WebClient,
  channel: string,
  read: () => Promise<Answer<T>>,
): Promise<Answer<T>> {
  const first = await read()
  if (first.kind !== 'refused' || first.error !== 'not_in_channel') return first
  const joined = await answerOf(client.conversations.join({ channel }))
  if (joined.kind === 'done') return read()
  return joined.kind === 'refused' ? first : joined
}

const NOWHERE = { kind: 'done', value: null } as const

/** Posting takes a name, looking takes an id only. */
async function channelId(client: WebClient, channel: string): Promise<Answer<string | null>> {
  if (!channel.startsWith('#')) return { kind: 'done', value: channel }
  const found = await findChannel(client, ({ name }) => name === channel.slice(1))
  return found.kind === 'done' ? { kind: 'done', value: found.value?.id ?? null } : found
}

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

function bears(metadata: Shown['metadata'], sought: Pick<Sought, 'cutover' | 'key'>): boolean {
  const payload = metadata?.event_payload
  if (!isOf(metadata, sought) || typeof payload !== 'object' || payload === null) return false
  return 'key' in payload && payload.key === sought.key
}

function isOf(metadata: Shown['metadata'], { cutover }: Pick<Sought, 'cutover'>): boolean {
  if (metadata?.event_type !== 'cutover') return false
  const payload = metadata.event_payload
  return (
    typeof payload === 'object' && payload !== null && 'cutover' in payload && payload.cutover === cutover
  )
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
