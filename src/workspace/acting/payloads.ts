import type { JsonObject } from '../json.ts'
import type { Channel, User } from '../types.ts'
import type { World } from '../world.ts'

/** What every interaction says about who did it, where, and for which app. */
export function commonPayload(world: World, user: User): JsonObject {
  const { teamId, teamDomain, appId, verificationToken } = world.identity
  return {
    token: verificationToken,
    api_app_id: appId,
    team: { id: teamId, domain: teamDomain },
    user: { id: user.id, username: user.name, name: user.name, team_id: teamId },
    enterprise: null,
    is_enterprise_install: false,
  }
}

export function channelPayload(channel: Channel): JsonObject {
  const name =
    channel.kind === 'im' ? 'directmessage' : channel.kind === 'private' ? 'privategroup' : channel.name
  return { id: channel.id, name }
}

/**
 * Text as Slack hands it on: `&`, `<` and `>` are written as entities, and the names of people, channels and groups
 * that the person typed become references. Commands carry the name inside the reference, messages do not.
 */
export function escapeTyped(world: World, text: string, { names }: { names: boolean }): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return safe
    .replaceAll(/(^|[\s(,=:])@([\w.-]*\w)/g, (whole, before: string, name: string) => {
      const mention = mentionOf(world, name, names)
      return mention === undefined ? whole : `${before}${mention}`
    })
    .replaceAll(/(^|[\s(,=:])#([\w-]+)/g, (whole, before: string, name: string) => {
      const channel = world.state.findChannel(name)
      return channel === undefined ? whole : `${before}<#${channel.id}|${channel.name}>`
    })
}

function mentionOf(world: World, name: string, names: boolean): string | undefined {
  if (name === 'channel' || name === 'here' || name === 'everyone') return `<!${name}>`
  const user = world.state.findUser(name)
  if (user !== undefined) return names ? `<@${user.id}|${user.name}>` : `<@${user.id}>`
  const group = [...world.state.groups.values()].find((candidate) => candidate.handle === name)
  return group === undefined ? undefined : `<!subteam^${group.id}|@${group.handle}>`
}
