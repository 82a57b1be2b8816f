import { postEphemeral } from '../messages.ts'
import { Refused } from '../methods/method.ts'
import { SLACKBOT_ID } from '../people.ts'
import type { Ack } from '../sockets.ts'
import type { Channel, User } from '../types.ts'
import type { Deliver } from './deliver.ts'
import { applyAppResponse, saysSomething } from './app-response.ts'
import { escapeTyped } from './payloads.ts'
import { Problem } from './problem.ts'
import { actor, writableBy } from './who-and-where.ts'
import type { World } from '../world.ts'

/** A person sends a slash command. Answers when the app acknowledged it or three seconds have passed. */
export async function sendCommand(
  world: World,
  deliver: Deliver,
  given: { user: string; channel: string; text: string },
): Promise<Ack> {
  const user = actor(world, given.user)
  const channel = writableBy(world, user, given.channel)
  const [name = '', ...words] = given.text.trim().split(/\s/)
  const command = world.app.commands.find((candidate) => candidate.command === name)
  if (command === undefined) {
    const known = world.app.commands.map((candidate) => candidate.command).join(', ')
    throw new Problem(
      400,
      'unknown_command',
      `"${name}" is not a command here. There is: ${known || 'none'}.`,
    )
  }
  const typed = given.text.trim().slice(name.length).trim()
  const target = { channel: channel.id, user: user.id }
  const ack = await deliver('slash_commands', {
    token: world.identity.verificationToken,
    team_id: world.identity.teamId,
    team_domain: world.identity.teamDomain,
    channel_id: channel.id,
    channel_name:
      channel.kind === 'im' ? 'directmessage' : channel.kind === 'private' ? 'privategroup' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command: name,
    text: command.should_escape && words.length > 0 ? escapeTyped(world, typed, { names: true }) : typed,
    api_app_id: world.identity.appId,
    is_enterprise_install: 'false',
    response_url: `${world.url}${world.responseUrls.issue(target)}`,
    trigger_id: world.triggers.issue(user.id),
  })
  showAnswer(world, { channel, user, name }, ack)
  return ack
}

function showAnswer(world: World, where: { channel: Channel; user: User; name: string }, ack: Ack): void {
  const { channel, user, name } = where
  if (ack.status !== 'acknowledged') {
    const error = ack.status === 'timed_out' ? 'operation_timeout' : 'dispatch_failed'
    tell(world, where, `${name} failed with the error "${error}"`)
    return
  }
  if (!saysSomething(ack.body)) return
  try {
    applyAppResponse(world, { channel: channel.id, user: user.id }, ack.body)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    tell(world, where, `${name} failed with the error "${error.error}"`)
  }
}

function tell(world: World, where: { channel: Channel; user: User }, text: string): void {
  const slackbot = world.state.users.get(SLACKBOT_ID) ?? world.state.bot
  postEphemeral(world, { channel: where.channel, user: slackbot, text }, where.user.id)
}
