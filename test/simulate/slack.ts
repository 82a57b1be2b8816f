import { WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from '@slack/web-api'
import type { Faults } from './faults.ts'
import type { Trace } from './trace.ts'

export interface FakeMessage {
  readonly ts: string
  readonly thread_ts?: string
  text: string
  blocks: unknown
  readonly metadata?: { readonly event_type: string; readonly event_payload: { readonly key?: unknown } }
}

interface FakeChannel {
  readonly id: string
  readonly name: string
  readonly creator: string
  purpose: string
  topic: string
  readonly members: string[]
  readonly pins: Set<string>
  readonly bookmarks: { readonly title: string; readonly link: string }[]
  messages: FakeMessage[]
}

/** How one call travels: it takes time, may be lost on either way, and is answered or not. */
export type SlackCall = <T>(method: string, effect: () => T) => Promise<T>

type Given = Readonly<Record<string, unknown>>

const SELF = 'UBOT'
const PAGE_MAX = 200

/** Slack's side of what the projection asks of it, with its refusals. */
export class FakeSlack {
  readonly channels = new Map<string, FakeChannel>()
  readonly #clock: () => number
  readonly #faults: Faults
  readonly #trace: Trace
  /** Keys whose message somebody deleted by hand. */
  readonly deleted = new Set<string>()
  #stamps = 0

  constructor(clock: () => number, faults: Faults, trace: Trace) {
    this.#clock = clock
    this.#faults = faults
    this.#trace = trace
    this.#add('ops', 'USOMEBODY')
  }

  /** A client that knows the methods which the projection uses, and no other. */
  client(call: SlackCall): WebClient {
    const method =
      <T>(name: string, effect: (given: Given) => T) =>
      (given: Given = {}): Promise<T> =>
        call(name, () => {
          if (this.#faults.strikes('slack', 0.15)) throw new WebAPIRateLimitedError(2)
          return effect(given)
        })
    const methods = {
      auth: { test: method('auth.test', () => ({ ok: true, user_id: SELF })) },
      chat: {
        postMessage: method('chat.postMessage', (given) => this.#post(given)),
        update: method('chat.update', (given) => this.#update(given)),
      },
      conversations: {
        create: method('conversations.create', (given) => this.#create(given)),
        list: method('conversations.list', () => ({ ok: true, channels: this.#list() })),
        info: method('conversations.info', (given) => ({
          ok: true,
          channel: { id: this.#channel(given).id, is_archived: false, is_member: true },
        })),
        members: method('conversations.members', (given) => ({
          ok: true,
          members: [...this.#channel(given).members],
        })),
        invite: method('conversations.invite', (given) => {
          this.#channel(given).members.push(...String(given['users']).split(','))
          return { ok: true }
        }),
        join: method('conversations.join', (given) => {
          const { id, members } = this.#channel(given)
          if (!members.includes(SELF)) members.push(SELF)
          return { ok: true, channel: { id } }
        }),
        setPurpose: method('conversations.setPurpose', (given) => {
          this.#channel(given).purpose = String(given['purpose'])
          return { ok: true }
        }),
        setTopic: method('conversations.setTopic', (given) => {
          this.#channel(given).topic = String(given['topic'])
          return { ok: true }
        }),
        history: method('conversations.history', (given) => {
          const { messages } = this.#joined(given)
          const atTop = messages.filter(({ thread_ts }) => thread_ts === undefined)
          return page(
            atTop.map((message) => ({
              ...message,
              reply_count: messages.filter(({ thread_ts }) => thread_ts === message.ts).length,
            })),
          )
        }),
        replies: method('conversations.replies', (given) => {
          const { messages } = this.#joined(given)
          if (!messages.some(({ ts }) => ts === given['ts'])) throw refused('thread_not_found')
          return page(
            messages
              .filter(({ ts, thread_ts }) => ts === given['ts'] || thread_ts === given['ts'])
              .toReversed(),
          )
        }),
      },
      bookmarks: {
        list: method('bookmarks.list', (given) => ({ ok: true, bookmarks: this.#channel(given).bookmarks })),
        add: method('bookmarks.add', (given) => {
          const channel = this.#channel({ channel: given['channel_id'] })
          channel.bookmarks.push({ title: String(given['title']), link: String(given['link']) })
          return { ok: true }
        }),
      },
      pins: {
        add: method('pins.add', (given) => {
          const { pins } = this.#channel(given)
          const ts = String(given['timestamp'])
          if (pins.has(ts)) throw refused('already_pinned')
          pins.add(ts)
          return { ok: true }
        }),
      },
    }
    // The projection gets what it calls; the other hundreds of methods are not there.
    return methods as unknown as WebClient
  }

  /** Somebody deletes a message; nobody tells the app. */
  deleteByHand(index: number): string | null {
    const own = [...this.channels.values()].filter(({ creator }) => creator === SELF)
    const messages = own.flatMap((channel) => channel.messages.map((message) => ({ channel, message })))
    const chosen = messages[index % Math.max(1, messages.length)]
    if (chosen === undefined) return null
    const { channel, message } = chosen
    const isGone = ({ ts, thread_ts }: FakeMessage): boolean => ts === message.ts || thread_ts === message.ts
    for (const gone of channel.messages.filter(isGone)) this.deleted.add(keyOf(gone))
    channel.messages = channel.messages.filter((one) => one !== message)
    return keyOf(message)
  }

  /** All messages of the app that somebody can see, with their keys. What hangs on a deleted one is out of sight. */
  posts(): readonly { readonly key: string; readonly message: FakeMessage }[] {
    return [...this.channels.values()].flatMap(({ messages }) => {
      const present = new Set(messages.map(({ ts }) => ts))
      return messages
        .filter(({ thread_ts }) => thread_ts === undefined || present.has(thread_ts))
        .map((message) => ({ key: keyOf(message), message }))
    })
  }

  #add(name: string, creator: string): FakeChannel {
    this.#stamps += 1
    const id = `C${String(this.#stamps).padStart(8, '0')}`
    const members = [creator]
    const channel = {
      id,
      name,
      creator,
      purpose: '',
      topic: '',
      members,
      pins: new Set<string>(),
      bookmarks: [],
      messages: [],
    }
    this.channels.set(id, channel)
    return channel
  }

  /** Only posting takes a name. */
  #channel({ channel }: Given, { byName = false } = {}): FakeChannel {
    const wanted = String(channel)
    const found = byName
      ? [...this.channels.values()].find(({ id, name }) => id === wanted || `#${name}` === wanted)
      : this.channels.get(wanted)
    if (found === undefined) throw refused('channel_not_found')
    return found
  }

  /** Anybody may post in a public channel; only members may read. */
  #joined(given: Given): FakeChannel {
    const channel = this.#channel(given)
    if (!channel.members.includes(SELF)) throw refused('not_in_channel')
    return channel
  }

  #create(given: Given) {
    const name = String(given['name'])
    if ([...this.channels.values()].some((one) => one.name === name)) throw refused('name_taken')
    return { ok: true, channel: { id: this.#add(name, SELF).id, name } }
  }

  #list() {
    return [...this.channels.values()].map(({ id, name, creator, purpose }) => ({
      id,
      name,
      creator,
      is_archived: false,
      purpose: { value: purpose },
    }))
  }

  #post(given: Given) {
    const channel = this.#channel(given, { byName: true })
    this.#stamps += 1
    const ts = `${Math.floor(this.#clock() / 1000)}.${String(this.#stamps).padStart(6, '0')}`
    channel.messages.push({
      ts,
      text: String(given['text']),
      blocks: given['blocks'],
      ...(given['thread_ts'] === undefined ? {} : { thread_ts: String(given['thread_ts']) }),
      ...(given['metadata'] === undefined
        ? {}
        : { metadata: given['metadata'] as NonNullable<FakeMessage['metadata']> }),
    })
    const posted = channel.messages.at(-1)
    this.#trace.say('slack', () => `posted: ${posted === undefined ? '' : keyOf(posted)}`)
    return { ok: true, ts, channel: channel.id }
  }

  #update(given: Given) {
    const message = this.#channel(given).messages.find(({ ts }) => ts === given['ts'])
    if (message === undefined) throw refused('message_not_found')
    message.text = String(given['text'])
    this.#trace.say('slack', () => `changed: ${keyOf(message)}`)
    message.blocks = given['blocks']
    return { ok: true, ts: message.ts }
  }
}

const refused = (error: string): Error => new WebAPIPlatformError({ ok: false, error })

/** Newest first, as Slack gives them. */
const page = (messages: readonly FakeMessage[]) => ({
  ok: true,
  messages: messages.toReversed().slice(0, PAGE_MAX),
  has_more: messages.length > PAGE_MAX,
})

function keyOf({ metadata }: FakeMessage): string {
  const key = metadata?.event_payload.key
  return typeof key === 'string' ? key : '(none)'
}
