import { freshId } from './ids.ts'
import type { JsonObject } from './json.ts'
import type { Channel } from './types.ts'
import type { World } from './world.ts'

/** Something the app may have subscribed to. */
export interface AppEvent {
  /** The name of the subscription in the app manifest, such as `app_mention` or `message.channels`. */
  subscription: string
  /** Set when only members of a channel hear of it. */
  channel?: Channel
  body: JsonObject & { type: string }
}

export function isWanted(world: World, event: AppEvent): boolean {
  if (!world.app.events.includes(event.subscription)) return false
  return event.channel === undefined || event.channel.members.has(world.state.bot.id)
}

/** The body of an `events_api` envelope or request. */
export function eventPayload(world: World, event: AppEvent): JsonObject {
  const { teamId, appId, verificationToken } = world.identity
  const ts = world.state.clock.next()
  return {
    token: verificationToken,
    team_id: teamId,
    context_team_id: teamId,
    context_enterprise_id: null,
    api_app_id: appId,
    event: { event_ts: ts, ...event.body },
    type: 'event_callback',
    event_id: freshId('Ev'),
    event_time: Math.floor(Number(ts)),
    authorizations: [
      {
        enterprise_id: null,
        team_id: teamId,
        user_id: world.state.bot.id,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: freshId('EC'),
  }
}

/** The subscription that messages of a conversation of this kind come under. */
export function messageSubscription(channel: Channel): string {
  return { public: 'message.channels', private: 'message.groups', im: 'message.im' }[channel.kind]
}

export function channelType(channel: Channel): string {
  return { public: 'channel', private: 'group', im: 'im' }[channel.kind]
}
