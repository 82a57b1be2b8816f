import { z } from 'zod'
import { actor, visibleTo } from './acting/who-and-where.ts'
import { Problem } from './acting/problem.ts'
import type { ChangeStream } from './change-stream.ts'
import { endpoint } from './control/endpoint.ts'
import type { JsonObject } from './json.ts'
import type { Route } from './routes.ts'
import type { Channel, Message, StoredFile, User, View } from './types.ts'
import type { World } from './world.ts'

/** What the page asks for: always one person's view of the workspace. */
export function pageRoutes(world: World, changes: ChangeStream): Route[] {
  const asUser = { user: z.string().min(1) }
  return [
    endpoint('GET', '/page/state', { user: z.string().optional() }, (given) =>
      pageState(world, personFor(world, given.user)),
    ),

    endpoint('GET', '/page/messages', { ...asUser, channel: z.string().min(1) }, (given) => {
      const user = actor(world, given.user)
      return pageMessages(world, user, visibleTo(world, user, given.channel))
    }),

    endpoint('GET', '/page/views', asUser, (given) => {
      const user = actor(world, given.user)
      const home = world.state.homes.get(user.id)
      return {
        views: world.state.openModals(user.id).map(pageView),
        home: home === undefined ? null : pageView(home),
      }
    }),

    {
      method: 'GET',
      path: '/page/events',
      serve({ response, url }) {
        changes.listen(response, actor(world, url.searchParams.get('user') ?? ''))
      },
    },
  ]
}

/** The person named, or the first one when nobody is. */
function personFor(world: World, name: string | undefined): User {
  if (name !== undefined) return actor(world, name)
  const first = [...world.state.users.values()].find((user) => !user.isBot && !user.deleted)
  if (first === undefined) throw new Problem(404, 'unknown_user', 'The workspace has no people.')
  return first
}

function pageState(world: World, me: User): JsonObject {
  const { app, identity, state } = world
  const users = [...state.users.values()].filter((user) => !user.deleted)
  const channels = [...state.channels.values()].filter((channel) => state.canSee(me, channel))
  return {
    team: { name: identity.teamName },
    me: pageUser(me),
    users: users.map(pageUser),
    groups: [...state.groups.values()],
    channels: channels.map((channel) => pageChannel(state.users, me, channel)),
    commands: app.commands.map(({ command, usage_hint: hint, description }) => ({
      command,
      hint,
      description,
    })),
    shortcuts: app.shortcuts
      .filter((shortcut) => shortcut.type === 'message')
      .map((shortcut) => ({ callbackId: shortcut.callback_id, name: shortcut.name })),
  }
}

function pageUser({ id, name, realName, title, colour, isBot, isGuest }: User): JsonObject {
  return { id, name, realName, title, colour, isBot, isGuest }
}

function pageChannel(users: ReadonlyMap<string, User>, me: User, channel: Channel): JsonObject {
  const other = [...channel.members].find((id) => id !== me.id)
  return {
    id: channel.id,
    name: channel.kind === 'im' ? (users.get(other ?? '')?.name ?? channel.name) : channel.name,
    isPrivate: channel.kind === 'private',
    isDirect: channel.kind === 'im',
    isArchived: channel.isArchived,
    topic: channel.topic.value,
    purpose: channel.purpose.value,
    members: [...channel.members],
    bookmarks: channel.bookmarks.map(({ title, link }) => ({ title, link })),
    pins: channel.pins.map((pin) => pin.ts),
  }
}

function pageMessages(world: World, user: User, channel: Channel): JsonObject {
  const { state } = world
  const own = state.ephemerals.filter(
    (message) => message.onlyFor === user.id && message.channel === channel.id,
  )
  const all = [...state.messagesIn(channel.id), ...own].toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
  const isReply = (message: Message) => message.threadTs !== undefined && message.threadTs !== message.ts
  const replies: Record<string, JsonObject[]> = {}
  for (const reply of all.filter(isReply)) {
    const thread = (replies[reply.threadTs ?? ''] ??= [])
    thread.push(pageMessage(reply, 0))
  }
  return {
    messages: all
      .filter((message) => !isReply(message) || message.isBroadcast === true)
      .map((message) => pageMessage(message, replies[message.ts]?.length ?? 0)),
    replies,
  }
}

function pageMessage(message: Message, replyCount: number): JsonObject {
  return {
    ts: message.ts,
    user: message.user,
    text: message.text,
    blocks: message.blocks,
    replyCount,
    ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    ...(message.edited === undefined ? {} : { edited: true }),
    ...(message.onlyFor === undefined ? {} : { ephemeral: true }),
    ...(message.files.length === 0 ? {} : { files: message.files.map(pageFile) }),
    ...(message.reactions.length === 0 ? {} : { reactions: message.reactions }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  }
}

function pageFile({ id, name, length }: StoredFile): JsonObject {
  return { id, name, size: length, url: `/files/${id}/${encodeURIComponent(name)}` }
}

function pageView(view: View): JsonObject {
  const { content } = view
  return {
    id: view.id,
    type: content.type,
    callback_id: content.callbackId,
    title: content.title ?? null,
    submit: content.submit ?? null,
    close: content.close ?? null,
    blocks: content.blocks,
    errors: view.errors,
  }
}
