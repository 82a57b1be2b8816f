import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseDocument } from 'yaml'
import type { CutoverEvent, Recorded } from '../../src/domain/events.ts'
import type { Office } from './product.ts'
import { RUNBOOKS, type Rehearsing } from './rehearsal.ts'
import { eventually } from './slack-hands.ts'
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
    return { ...ending, ...opened, events: await wholeRecord(office, opened.cutover) }
  } finally {
    await opened.stop()
  }
}

/** The whole record, with the event that says where its timeline was posted. */
const wholeRecord = (office: Office, cutover: string): Promise<readonly Recorded<CutoverEvent>[]> =>
  eventually('the timeline in the channel', async () => {
    const events = await office.log.events(cutover)
    return events.some(({ type }) => type === 'timeline posted') ? events : undefined
  })

/** Puts the runbook into its folder, starts its host and opens it; the first of the people does. */
async function openRehearsalInSlack(
  office: Office,
  rehearsing: Rehearsing,
  people: readonly string[],
): Promise<{ readonly cutover: string; readonly channel: string; readonly stop: () => Promise<void> }> {
  const { environment, secrets = {}, folder, standIns } = rehearsing
  const { runbook, pool, channels } = putRunbook(office, rehearsing)
  await makeChannels(office, channels, people[0] ?? '')
  const host = await office.startWorker({
    pool,
    cwd: folder,
    bindings: { environments: { [environment]: { live: false, secrets } } },
    ...(standIns === undefined ? {} : { path: standIns }),
  })
  const stop = async (): Promise<void> => {
    host.process.kill('SIGTERM')
    if (host.process.exitCode === null && host.process.signalCode === null) await once(host.process, 'exit')
  }
  try {
    const channel = await openInSlack(office, { who: people[0] ?? '', people, runbook, environment })
    // A channel of that name may be there from a cutover before: Slack then has it with a number behind.
    // A channel of that name may be there from a cutover before: Slack then has it with a number behind.
    const cutover = (await office.log.list()).find(
      ({ channelName, status }) =>
        status !== 'closed' && (channel === channelName || channel.startsWith(`${channelName}-`)),
    )?.id
    if (cutover === undefined) throw new Error(`No cutover belongs to #${channel}.`)
    return { cutover, channel, stop }
  } catch (error) {
    await stop()
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

/** `cutover login` in a terminal, its code confirmed in Slack. */
export async function loginInSlack(office: Office, who: string): Promise<void> {
  const terminal = office.cliProcess(who, ['login'])
  const code = await new Promise<string>((resolve) => {
    let said = ''
    terminal.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const match = /\/cutover login ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(said)
      if (match?.[1]) resolve(match[1])
    })
  })
  await office.control('/control/command', {
    user: who,
    channel: 'general',
    text: `/cutover login ${code}`,
  })
  if (terminal.exitCode === null) await once(terminal, 'exit')
}
