import type { JsonObject } from './json.ts'
import { SLACKBOT_ID } from './people.ts'
import type { Channel, Message, StoredFile, User, View } from './types.ts'
import { stateValues } from './view-state.ts'
import type { World } from './world.ts'

/** A message as the Web API and the payloads show it. */
export function messageToWire(world: World, message: Message, options: { metadata: boolean }): JsonObject {
  const { identity, state } = world
  const replies = state.repliesTo(message.channel, message.ts)
  const last = replies.at(-1)
  return {
    type: 'message',
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    user: message.user,
    ...(message.fromApp ? { bot_id: identity.botId, app_id: identity.appId } : {}),
    text: message.text,
    team: identity.teamId,
    ts: message.ts,
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.files.length === 0 ? {} : { files: message.files.map((file) => fileToWire(world, file)) }),
    ...(message.reactions.length === 0
      ? {}
      : { reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })) }),
    ...(options.metadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
    ...(last === undefined
      ? {}
      : {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((reply) => reply.user))],
          latest_reply: last.ts,
        }),
  }
}

export function fileToWire(world: World, file: StoredFile): JsonObject {
  const address = `${world.url}/files/${file.id}/${encodeURIComponent(file.name)}`
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.title,
    size: file.length,
    user: file.user,
    mode: 'hosted',
    is_external: false,
    url_private: address,
    url_private_download: address,
    permalink: address,
  }
}

export function channelToWire(world: World, channel: Channel): JsonObject {
  const common = {
    id: channel.id,
    created: channel.created,
    is_archived: channel.isArchived,
    creator: channel.creator,
  }
  if (channel.kind === 'im') {
    const other = [...channel.members].find((member) => member !== world.state.bot.id)
    return { ...common, is_im: true, is_channel: false, is_group: false, user: other, is_open: true }
  }
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === 'private',
    is_general: channel.name === 'general',
    is_member: channel.members.has(world.state.bot.id),
    context_team_id: world.identity.teamId,
    topic: channel.topic,
    purpose: channel.purpose,
    previous_names: channel.previousNames,
    num_members: channel.members.size,
  }
}

export function userToWire(world: World, user: User): JsonObject {
  const isApp = user.id === world.state.bot.id
  return {
    id: user.id,
    team_id: world.identity.teamId,
    name: user.name,
    deleted: user.deleted,
    color: user.colour,
    real_name: user.realName,
    tz: user.timeZone,
    tz_label: user.timeZone,
    tz_offset: offsetSeconds(user.timeZone),
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    // Slack itself does not call Slackbot a bot.
    is_bot: user.isBot && user.id !== SLACKBOT_ID,
    is_app_user: false,
    is_restricted: user.isGuest,
    is_ultra_restricted: false,
    updated: 0,
    profile: {
      title: user.title,
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      team: world.identity.teamId,
      ...(user.isBot || !world.app.scopes.includes('users:read.email') ? {} : { email: user.email }),
      ...(isApp ? { bot_id: world.identity.botId, api_app_id: world.identity.appId } : {}),
    },
  }
}

/** A view as `views.*` answers it and as payloads carry it. */
export function viewToWire(world: World, view: View): JsonObject {
  const { content } = view
  return {
    id: view.id,
    team_id: world.identity.teamId,
    app_id: world.identity.appId,
    app_installed_team_id: world.identity.teamId,
    bot_id: world.identity.botId,
    type: content.type,
    title: content.title ?? null,
    submit: content.submit ?? null,
    close: content.close ?? null,
    blocks: content.blocks,
    callback_id: content.callbackId,
    private_metadata: content.privateMetadata,
    external_id: content.externalId,
    clear_on_close: content.clearOnClose,
    notify_on_close: content.notifyOnClose,
    root_view_id: view.rootId,
    previous_view_id: view.previousId,
    hash: view.hash,
    state: { values: stateValues(content.blocks, view.entered) },
  }
}

function offsetSeconds(timeZone: string): number {
  const now = new Date()
  const local = new Date(now.toLocaleString('en-US', { timeZone }))
  const utc = new Date(now.toLocaleString('en-US', { timeZone: 'UTC' }))
  return Math.round((local.getTime() - utc.getTime()) / 1000)
}
