import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseDocument } from 'yaml'
import type { CutoverEvent, Recorded } from '../../src/domain/events.ts'
import type { Office } from './product.ts'
import { RUNBOOKS, type Rehearsing } from './rehearsal.ts'
import { openInSlack } from './slack-opening.ts'
import { carryOutInSlack, type Ending, type TeamOptions } from './slack-team.ts'

/** A rehearsal that people carried out in the local workspace. */
export interface RehearsedInSlack extends Ending {
  readonly cutover: string
  readonly channel: string
  readonly events: readonly Recorded<CutoverEvent>[]
}

/** What a runbook's rehearsal needs around it, carried out by a team in Slack: the same as by `cutover rehearse`. */
export async function rehearseInSlack(
  office: Office,
  rehearsing: Rehearsing,
  options: Omit<TeamOptions, 'channel'>,
): Promise<RehearsedInSlack> {
  const opened = await openRehearsalInSlack(office, rehearsing, options.people)
  try {
    const ending = await carryOutInSlack(office, { ...options, channel: opened.channel })
    return { ...ending, ...opened, events: await office.log.events(opened.cutover) }
  } finally {
    opened.stop()
  }
}

/** Puts the runbook into its folder, starts its host and opens it; the first of the people does. */
export async function openRehearsalInSlack(
  office: Office,
  rehearsing: Rehearsing,
  people: readonly string[],
): Promise<{ readonly cutover: string; readonly channel: string; readonly stop: () => void }> {
  const { environment, secrets = {}, folder, standIns } = rehearsing
  const { runbook, pool, channels } = putRunbook(office, rehearsing)
  await makeChannels(office, channels, people[0] ?? '')
  const host = await office.startWorker({
    pool,
    cwd: folder,
    bindings: { environments: { [environment]: { live: false, secrets } } },
    ...(standIns === undefined ? {} : { path: standIns }),
  })
  const stop = (): void => void host.process.kill('SIGTERM')
  try {
    const channel = await openInSlack(office, { who: people[0] ?? '', people, runbook, environment })
    const cutover = (await office.log.list()).find(({ channelName }) => channelName === channel)?.id
    if (cutover === undefined) throw new Error(`No cutover belongs to #${channel}.`)
    return { cutover, channel, stop }
  } catch (error) {
    stop()
    throw error
  }
}

/** A copy with the vars of this place in its environment, as a team writes them there. */
function putRunbook(
  { folder }: Office,
  { runbook, environment, vars = {} }: Rehearsing,
): { readonly runbook: string; readonly pool: string; readonly channels: readonly string[] } {
  const file = existsSync(runbook) ? runbook : join(RUNBOOKS, runbook)
  const beside = file.replace(/\.yaml$/, '')
  const to = join(folder, 'runbooks')
  const document = parseDocument(readFileSync(file, 'utf8'))
  for (const [name, value] of Object.entries(vars))
    document.setIn(['environments', environment, 'vars', name], value)
  if (existsSync(beside)) cpSync(beside, join(to, basename(beside)), { recursive: true })
  const text = document.toString()
  writeFileSync(join(to, basename(file)), text)
  return {
    runbook: String(document.get('runbook')),
    pool: String(document.get('pool')),
    channels: [...text.matchAll(/slack: "#([\w-]+)"/g)].map(([, name = '']) => name),
  }
}

/** Channels that a team has already, with the app in them. */
async function makeChannels({ control }: Office, names: readonly string[], who: string): Promise<void> {
  const { users } = (await control('/control/users')) as { users: { name: string; isBot: boolean }[] }
  const bot = users.find(({ isBot, name }) => isBot && name !== 'slackbot')?.name
  for (const name of new Set(names)) {
    const made = await control('/control/channels', { user: who, name })
    if (made['ok'] === true) await control('/control/invite', { user: who, channel: name, invitee: bot })
  }
}
