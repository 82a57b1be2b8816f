import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { askSlack, type SlackAnswer } from '../../bot/slack/health.ts'
import type { SlackConnection } from '../../bot/slack/connection.ts'
import { ConfigError } from '../config.ts'
import { slackConnection } from '../serve/from-config.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

const Manifest = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
})

export const slack: Look = {
  title: 'Slack',
  async look(place) {
    let connection: SlackConnection
    try {
      connection = slackConnection(place.config)
    } catch (caught) {
      if (caught instanceof ConfigError)
        return [error(caught.message, 'docs/slack.md says how to make the app.')]
      throw caught
    }
    const bot = await askSlack(connection, 'auth.test')
    if (!bot.reached)
      return [
        error(
          'Slack does not answer.',
          'Look at the network and at proxies; what runs goes on meanwhile, and `cutover` on the command line works.',
        ),
      ]
    return [
      ...(bot.refusal === undefined ? await tokenFindings(place, bot) : [refused('bot', bot.refusal)]),
      ...(await wayIn(connection)),
    ]
  },
}

type Answered = Extract<SlackAnswer, { reached: true }>

async function tokenFindings(place: Place, bot: Answered): Promise<readonly Finding[]> {
  return [
    ok(`The bot’s token is that of ${bot.user ?? 'the app'} in ${bot.team?.name ?? 'a workspace'}`),
    scopeFinding(bot.scopes),
    ...(await teamFindings(place, bot)),
  ]
}

function scopeFinding(scopes: readonly string[]): Finding {
  const wanted = manifestScopes()
  const missing = wanted.filter((scope) => !scopes.includes(scope))
  const more = scopes.filter((scope) => !wanted.includes(scope))
  if (missing.length > 0)
    return error(
      `It lacks ${missing.length === 1 ? 'a scope' : 'scopes'}: ${missing.join(', ')}.`,
      'Put slack-manifest.json into the app’s settings and install the app to the workspace again.',
    )
  if (more.length > 0)
    return warning(
      `It has scopes that Cutover does not use: ${more.join(', ')}.`,
      'Take them away: a token should be able to do what is needed and no more.',
    )
  return ok(`It has the ${wanted.length} scopes of slack-manifest.json`)
}

function manifestScopes(): readonly string[] {
  const text = readFileSync(new URL('../../../slack-manifest.json', import.meta.url), 'utf8')
  return Manifest.parse(JSON.parse(text)).oauth_config.scopes.bot
}

async function teamFindings({ log }: Place, { team }: Answered): Promise<readonly Finding[]> {
  if (log === null || team === undefined) return []
  const { rows } = await log
    .query<{ slack_team: string | null }>('select slack_team from cutover.installation')
    .catch(() => ({ rows: [] }))
  const pinned = rows[0]?.slack_team
  if (pinned === undefined) return []
  if (pinned === null) return [ok('No workspace is pinned yet: `serve` pins this one when it starts')]
  return [
    pinned === team.id
      ? ok('It is the workspace of this installation')
      : error(
          `This token belongs to the workspace ${team.id}, and this installation to ${pinned}: nothing would be accepted or shown.`,
          'Use the token of the app in the pinned workspace. A new workspace needs an installation with a log of its own.',
        ),
  ]
}

async function wayIn(connection: SlackConnection): Promise<readonly Finding[]> {
  if (connection.appToken === undefined)
    return [ok(`Requests come by signed HTTP on 127.0.0.1:${connection.httpPort ?? ''}`)]
  const app = await askSlack(connection, 'apps.connections.open')
  if (!app.reached) return [error('Slack does not answer for the app’s token.', 'Try again.')]
  return [app.refusal === undefined ? ok('The app’s token opens sockets') : refused('app', app.refusal)]
}

const REFUSALS: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  invalid_auth: ['is none that it knows', 'Copy it anew from the app’s settings.'],
  not_authed: ['is empty', 'Set it.'],
  token_revoked: ['was revoked', 'Install the app to the workspace again and set the new token.'],
  token_expired: [
    'has run out',
    'Set token_rotation_enabled to false in the manifest, and install the app again.',
  ],
  account_inactive: [
    'belongs to an app or a workspace that was switched off',
    'Switch it on again, or install the app anew.',
  ],
  not_allowed_token_type: ['is of another kind', 'The bot’s begins with xoxb-, the app’s with xapp-.'],
  ratelimited: ['is asked about too often', 'Wait a minute and ask again.'],
}

function refused(which: 'bot' | 'app', refusal: string): Finding {
  const [why, fix] = REFUSALS[refusal] ?? [
    `is refused: ${refusal}`,
    'Slack’s word for it is in its list of errors.',
  ]
  const name = which === 'bot' ? 'CUTOVER_SLACK_BOT_TOKEN' : 'CUTOVER_SLACK_APP_TOKEN'
  return error(`Slack says that the ${which}’s token (${name}) ${why}.`, fix)
}
