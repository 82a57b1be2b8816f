import { z } from 'zod'
import { freshId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import { postSystemMessage } from '../messages.ts'
import type { Bookmark, Channel, Message } from '../types.ts'
import { messageToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { permalink } from './chat.ts'
import { activeChannel, joinedChannel, knownMessage } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { method, Refused } from './method.ts'

const MOST_PINS = 100
const MOST_BOOKMARKS = 100
const onMessage = { channel: z.string(), timestamp: z.string() }
const onBookmark = { channel_id: z.string(), bookmark_id: z.string() }

/** Pins and bookmarks. */
export const markMethods: MethodTable = {
  'pins.add': method(['pins:write'], onMessage, (args, world) => {
    const channel = activeChannel(world, args.channel)
    const message = knownMessage(world, channel, args.timestamp)
    if (channel.pins.some((pin) => pin.ts === message.ts)) throw new Refused('already_pinned')
    if (channel.pins.length >= MOST_PINS) throw new Refused('too_many_pins')
    channel.pins.push({ ts: message.ts, by: world.state.bot.id, at: Math.floor(Date.now() / 1000) })
    postSystemMessage(
      world,
      channel,
      world.state.bot,
      'pinned_item',
      `<@${world.state.bot.id}> pinned a message`,
    )
    announcePin(world, channel, message, 'pin_added')
    return {}
  }),

  'pins.remove': method(['pins:write'], onMessage, (args, world) => {
    const channel = activeChannel(world, args.channel)
    const message = knownMessage(world, channel, args.timestamp)
    if (!channel.pins.some((pin) => pin.ts === message.ts)) throw new Refused('no_pin')
    channel.pins = channel.pins.filter((pin) => pin.ts !== message.ts)
    announcePin(world, channel, message, 'pin_removed')
    return {}
  }),

  'pins.list': method(['pins:read'], { channel: z.string() }, (args, world) => {
    const channel = joinedChannel(world, args.channel)
    return { items: channel.pins.flatMap((pin) => pinnedItem(world, channel, pin)) }
  }),

  'bookmarks.add': method(
    ['bookmarks:write'],
    {
      channel_id: z.string(),
      title: z.string(),
      type: z.string(),
      link: z.string().optional(),
      emoji: z.string().default(''),
    },
    (args, world) => {
      const channel = activeChannel(world, args.channel_id)
      if (args.type !== 'link') throw new Refused('invalid_bookmark_type')
      if (channel.bookmarks.length >= MOST_BOOKMARKS) throw new Refused('too_many_bookmarks')
      const link = httpLink(args.link ?? '')
      const bookmark = { id: freshId('Bk'), title: args.title, link, emoji: args.emoji }
      channel.bookmarks.push(bookmark)
      world.changed({ what: 'channels', channel: channel.id })
      return { bookmark: shownBookmark(channel, bookmark) }
    },
  ),

  'bookmarks.edit': method(
    ['bookmarks:write'],
    {
      ...onBookmark,
      title: z.string().optional(),
      link: z.string().optional(),
      emoji: z.string().optional(),
    },
    (args, world) => {
      const channel = activeChannel(world, args.channel_id)
      const bookmark = knownBookmark(channel, args.bookmark_id)
      bookmark.title = args.title ?? bookmark.title
      bookmark.link = args.link === undefined ? bookmark.link : httpLink(args.link)
      bookmark.emoji = args.emoji ?? bookmark.emoji
      world.changed({ what: 'channels', channel: channel.id })
      return { bookmark: shownBookmark(channel, bookmark) }
    },
  ),

  'bookmarks.remove': method(['bookmarks:write'], onBookmark, (args, world) => {
    const channel = activeChannel(world, args.channel_id)
    const bookmark = knownBookmark(channel, args.bookmark_id)
    channel.bookmarks = channel.bookmarks.filter((kept) => kept !== bookmark)
    world.changed({ what: 'channels', channel: channel.id })
    return {}
  }),

  'bookmarks.list': method(['bookmarks:read'], { channel_id: z.string() }, (args, world) => {
    const channel = joinedChannel(world, args.channel_id)
    return { bookmarks: channel.bookmarks.map((bookmark) => shownBookmark(channel, bookmark)) }
  }),
}

function pinnedItem(world: World, channel: Channel, pin: Channel['pins'][number]): JsonObject[] {
  const message = world.state.findMessage(channel.id, pin.ts)
  if (message === undefined) return []
  const shown = {
    ...messageToWire(world, message, { metadata: false }),
    permalink: permalink(world, message),
  }
  return [{ type: 'message', channel: channel.id, created: pin.at, created_by: pin.by, message: shown }]
}

function announcePin(
  world: World,
  channel: Channel,
  message: Message,
  type: 'pin_added' | 'pin_removed',
): void {
  const item = { type: 'message', channel: channel.id, message: { ts: message.ts } }
  const body = { type, user: world.state.bot.id, channel_id: channel.id, item }
  world.announce({ subscription: type, channel, body })
  world.changed({ what: 'channels', channel: channel.id })
}

function httpLink(link: string): string {
  const protocol = URL.canParse(link) ? new URL(link).protocol : ''
  if (protocol !== 'http:' && protocol !== 'https:') throw new Refused('invalid_link')
  return link
}

function knownBookmark(channel: Channel, id: string): Bookmark {
  const found = channel.bookmarks.find((bookmark) => bookmark.id === id)
  if (found === undefined) throw new Refused('not_found')
  return found
}

function shownBookmark(channel: Channel, { id, title, link, emoji }: Bookmark): JsonObject {
  return { id, channel_id: channel.id, title, link, emoji, type: 'link' }
}
