import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, copyFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { expect } from 'vitest'
import { openCutover, type Runbooks } from '../../../src/app/open-cutover.ts'
import { makeLeader } from '../../../src/app/lead.ts'
import type { CutoverLog, Logger, Logins, SlackEffects } from '../../../src/app/ports.ts'
import { makeBot, type Bot, type SlackConnection } from '../../../src/bot/app.ts'
import { makeRunbooks } from '../../../src/cli/runbook-folder.ts'
import { repeatedly } from '../../../src/cli/repeatedly.ts'
import type { CutoverState } from '../../../src/domain/state.ts'
import { makeDispatches } from '../../../src/postgres/dispatches.ts'
import { makeEventLog } from '../../../src/postgres/event-log.ts'
import { makeContacts } from '../../../src/postgres/contacts.ts'
import { makeLogins } from '../../../src/postgres/logins.ts'
import { migrate } from '../../../src/postgres/migrate.ts'
import { makePresence } from '../../../src/postgres/presence.ts'
import { makeProgressBoard } from '../../../src/postgres/progress.ts'
import { makeSlackEffects } from '../../../src/postgres/slack-effects.ts'
import { startWorkspace, type Workspace } from '../../../src/workspace/server.ts'
import { quiet } from '../../support/installation.ts'
import type { TestPostgres } from '../../support/postgres.ts'
import { controlOf, eventually, type Answer, type Control } from '../../workspace/support/control.ts'

/** A whole office: workspace, log, leader and bot, all real; no worker and no queue, so machine work stays waiting. */
export interface Office {
  readonly workspace: Workspace
  readonly control: Control
  readonly log: CutoverLog
  readonly logins: Logins
  readonly effects: SlackEffects
  readonly bot: Bot
  readonly pool: pg.Pool
  /** Lines of the bot's log. */
  readonly lines: readonly object[]
  id(user: string): string
  /** Opens a rehearsal of the shop runbook by ana, with giorgi as observer, and waits for its channel. */
  open(options?: { readonly environment?: string; readonly inMinutes?: number }): Promise<Opened>
  state(cutover: string): Promise<CutoverState>
  until(cutover: string, says: (state: CutoverState) => boolean): Promise<CutoverState>
  say(user: string, channel: string, text: string): Promise<Answer>
  /** Presses the first element with this action_id in the channel, newest message first. */
  press(user: string, channel: string, actionId: string, more?: Pressing): Promise<Answer>
  /** The modal that this person has open. */
  modal(user: string): Promise<Answer>
  submit(user: string, values: object): Promise<Answer>
  /** What only this person sees, newest last. */
  told(user: string): Promise<readonly string[]>
  stop(): Promise<void>
}

export interface Opened {
  readonly cutover: string
  readonly channel: string
}

export interface Pressing {
  /** Part of the button's value: a step, a criterion. */
  readonly about?: string
  readonly stale?: boolean
  readonly message?: Answer
  readonly value?: string
}

export interface OfficeOptions {
  readonly server: TestPostgres
  /** Wraps the log that the bot is given, to make it fail. */
  readonly wrapLog?: (log: CutoverLog) => CutoverLog
  /** The bot reaches its log through this port: a proxy that cuts. */
  readonly logPort?: number
  /** The workspace that this installation belongs to already. */
  readonly pinnedTeam?: string
  readonly connection?: (workspace: Workspace) => Promise<SlackConnection>
  readonly timings?: { readonly ackAfterMs: number; readonly giveUpAfterMs: number }
}

/** The app is installed as its manifest says, so a scope that is missing there is missing here. */
const MANIFEST: unknown = JSON.parse(readFileSync(resolve('slack-manifest.json'), 'utf8'))

/** ana, her stand-in levan, giorgi and the app. */
const HOLDERS_AND_APP = 4

let offices = 0

export async function openOffice(options: OfficeOptions): Promise<Office> {
  const { server } = options
  offices += 1
  const url = await server.createDatabase(`office_${offices}`)
  const pool = new pg.Pool({ connectionString: url, max: 8 })
  pool.on('error', () => undefined)
  await migrate(pool)
  const log = makeEventLog(pool)
  const botPool = options.logPort === undefined ? pool : throughPort(url, options.logPort)
  const botLog = options.logPort === undefined ? log : makeEventLog(botPool)
  const presence = makePresence(pool)
  if (options.pinnedTeam !== undefined) await presence.slackTeam(options.pinnedTeam)
  const effects = makeSlackEffects(pool)
  const logins = makeLogins(pool)
  const folder = await mkdtemp(join(tmpdir(), 'cutover-office-'))
  await mkdir(join(folder, 'runbooks'))
  await copyFile(resolve(import.meta.dirname, '../fixtures/shop.yaml'), join(folder, 'runbooks/shop.yaml'))
  const workspace = await startWorkspace({ manifest: MANIFEST })
  const control = controlOf(workspace)
  const lines: object[] = []
  const connection = options.connection ?? socketMode
  const keep = (fields: object, message: string) => void lines.push({ ...fields, message })
  const logger: Logger = { info: keep, warn: keep, error: keep }
  const found: { runbooks?: Runbooks } = {}
  const bot = makeBot({
    slack: await connection(workspace),
    log: options.wrapLog?.(botLog) ?? botLog,
    presence,
    progress: makeProgressBoard(pool),
    logins,
    contacts: makeContacts(pool),
    effects,
    logger,
    runbooks: (directory) => (found.runbooks = makeRunbooks(join(folder, 'runbooks'), directory)),
    ...(options.timings === undefined ? {} : { timings: options.timings }),
  })
  await bot.start()
  const leader = makeLeader({
    log,
    presence,
    queue: { add: async () => undefined, close: async () => undefined },
    dispatches: makeDispatches(pool),
    instance: `office-${offices}`,
    version: 'test',
    logger: quiet,
    advanced: ({ id }) => bot.changed(id),
  })
  const leading = repeatedly(60, () => leader.tick(), quiet)
  const showing = repeatedly(60, () => bot.project(), quiet)
  await eventually(() => bot.connected(), 5_000)
  const { users } = await control.get('users')
  const id = (user: string): string => users.find((one: Answer) => one.name === user).id

  async function state(cutover: string): Promise<CutoverState> {
    const loaded = await log.load(cutover)
    if (!loaded) throw new Error(`no cutover ${cutover}`)
    return loaded.state
  }

  const office: Office = {
    workspace,
    control,
    log,
    logins,
    effects,
    bot,
    pool,
    lines,
    id,
    state,
    async open({ environment = 'rehearsal', inMinutes = 30 } = {}) {
      const { runbooks } = found
      if (!runbooks) throw new Error('the bot asked for no runbooks')
      const outcome = await openCutover(
        { log, runbooks },
        {
          runbook: 'shop',
          environment,
          plannedStart: (await log.now()) + inMinutes * 60_000,
          holders: {
            lead: { person: id('ana'), backup: id('levan') },
            observer: { person: id('giorgi') },
          },
          vars: { ticket: 'OPS-1' },
        },
        { actor: { kind: 'person', person: id('ana'), via: 'cli' }, key: `open-${Math.random()}` },
      )
      if (!outcome.ok) throw new Error(outcome.refusal.message)
      const cutover = outcome.state.id
      bot.changed(cutover)
      const channel = await eventually(async () => {
        const row = (await effects.of(cutover)).find(({ key }) => key === 'channel')
        if (row?.channel === undefined) return undefined
        const { channels } = await control.get('channels')
        const made = channels.find((one: Answer) => one.id === row.channel)
        return made?.members.length >= HOLDERS_AND_APP ? row.channel : undefined
      }, 10_000)
      await office.until(cutover, ({ steps }) => steps['told']?.status === 'due')
      return { cutover, channel }
    },
    async until(cutover, says) {
      return eventually(async () => {
        const now = await state(cutover)
        return says(now) ? now : undefined
      }, 10_000)
    },
    say: (user, channel, text) => control.post('command', { user, channel, text }),
    async press(user, channel, actionId, { about, message, stale, value } = {}) {
      const hit = message ?? (await eventually(() => offering(control, channel, actionId, about), 10_000))
      return control.post('click', {
        user,
        channel,
        ts: hit.ts,
        action_id: actionId,
        value: value ?? valueIn(hit.blocks, actionId, about),
        ...(stale === undefined ? {} : { stale }),
      })
    },
    async modal(user) {
      return eventually(async () => {
        const { views } = await control.get(`users/${user}/views`)
        return views.at(-1)
      })
    },
    async submit(user, values) {
      const { views } = await control.get(`users/${user}/views`)
      return control.post('submit', { user, view_id: views.at(-1)?.id, values })
    },
    async told(user) {
      const { messages } = await control.get(`users/${user}/ephemeral`)
      return messages.map((message: Answer) => message.text)
    },
    async stop() {
      await Promise.all([leading.stop(), showing.stop()])
      await bot.stop()
      await workspace.stop()
      if (botPool !== pool) await botPool.end()
      await pool.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return office
}

function throughPort(url: string, port: number): pg.Pool {
  const by = new URL(url)
  by.hostname = '127.0.0.1'
  by.port = String(port)
  const pool = new pg.Pool({ connectionString: by.href, max: 4 })
  pool.on('error', () => undefined)
  return pool
}

const socketMode = async (workspace: Workspace): Promise<SlackConnection> => ({
  botToken: workspace.botToken,
  appToken: workspace.appToken,
  apiUrl: workspace.apiUrl,
})

/** The newest message with such a button. */
export async function offering(
  control: Control,
  channel: string,
  actionId: string,
  about?: string,
): Promise<Answer> {
  const messages = await control.messages(channel)
  return messages.reverse().find((message) => valueIn(message.blocks, actionId, about) !== undefined)
}

function valueIn(blocks: readonly Answer[], actionId: string, about = ''): string | undefined {
  const elements = blocks.flatMap((block) => [
    ...(block.elements ?? []),
    ...(block.accessory ? [block.accessory] : []),
  ])
  return elements.find((one) => one.action_id === actionId && String(one.value).includes(about))?.value
}

/** The acknowledgement carried the answer. */
export function expectAcknowledged(answer: Answer): void {
  expect(answer).toMatchObject({ ok: true, ack: { status: 'acknowledged' } })
}
