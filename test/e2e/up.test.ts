import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeControl, type Control, type ShownView } from '../../src/cli/demo/people/control.ts'
import { INPUTS, inputOf, START_CHOICES } from '../../src/bot/views/forms.ts'
import { choosePort } from '../../src/cli/local/ports.ts'
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts'
import { processesOf } from '../support/demo.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const RUNBOOKS = fileURLToPath(new URL('../../runbooks', import.meta.url))
const RUNBOOK = 'ward-ops-postgres'
let folder: string
let workspace: Workspace
let control: Control
let listen: string
let child: ChildProcess | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-up-'))
  // As root, PostgreSQL runs as nobody and must get through to its folder.
  chmodSync(folder, 0o711)
  workspace = await startWorkspace()
  control = makeControl(workspace.url)
  listen = `127.0.0.1:${await choosePort()}`
})
afterAll(async () => {
  await workspace.stop()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => void child?.kill('SIGKILL'))

function up(more: Readonly<Record<string, string>> = {}) {
  let told = ''
  const data = join(folder, 'data')
  const running = spawn(process.execPath, [MAIN, 'up', '--data', data], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CUTOVER_RUNBOOKS: RUNBOOKS,
      CUTOVER_LISTEN: listen,
      CUTOVER_SLACK_API_URL: workspace.apiUrl,
      CUTOVER_SLACK_BOT_TOKEN: workspace.botToken,
      CUTOVER_SLACK_APP_TOKEN: workspace.appToken,
      ...more,
    },
  })
  child = running
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (bytes) => (told += String(bytes)))
  const ended = once(running, 'close').then(([code]: unknown[]) => code)
  return { told: () => told, ended, interrupt: () => running.kill('SIGINT') }
}

/** Ana opens the start form and chooses an environment in it. */
async function formFor(environment: string): Promise<ShownView> {
  await control.command('ana', 'ops', `/cutover start ${RUNBOOK}`)
  await expect.poll(async () => (await control.views('ana')).at(-1)?.isForm, { timeout: 15_000 }).toBe(true)
  const view = (await control.views('ana')).at(-1)!
  const block = inputOf.environment(RUNBOOK)
  const choice = { action: START_CHOICES.environment, label: '', about: '', block, value: environment }
  await control.click('ana', { view_id: view.id }, choice)
  return (await control.views('ana')).at(-1)!
}

function answers(environment: string): Record<string, string> {
  return {
    [inputOf.environment(RUNBOOK)]: environment,
    [INPUTS.start]: '+60m',
    [inputOf.holder('lead')]: 'ana',
    [inputOf.backup('lead')]: 'levan',
    [inputOf.holder('observer')]: 'giorgi',
    [inputOf.holder('communicator')]: 'nino',
  }
}

/** Sends the form, once more where it first shows the plan; gives everything that was answered. */
async function send(view: ShownView, environment: string): Promise<string> {
  const said: string[] = []
  for (let times = 0; times < 2 && (await control.views('ana')).length > 0; times++) {
    const submitted = await control.submit('ana', view, answers(environment))
    said.push(submitted.ok ? '' : submitted.why, ...(await control.views('ana')).map(({ text }) => text))
  }
  const whispers = await control.whispers('ana')
  return [...said, ...whispers.map(({ text }) => text)].join('\n')
}

describe('cutover up', () => {
  it('opens rehearsals, refuses live cutovers with the way to do them, and leaves nothing running', async () => {
    const running = up()
    await expect.poll(running.told, { timeout: 60_000 }).toMatch(/Cutover is up: serve, .*worker ward-db/)

    expect(await send(await formFor('production'), 'production')).toMatch(/opens rehearsals only/)
    for (const view of await control.views('ana')) await closeView(view)
    await send(await formFor('staging'), 'staging')
    const made = async () => (await control.channels()).map(({ name }) => name)
    await expect.poll(made, { timeout: 20_000 }).toContainEqual(expect.stringMatching(/^ward-ops-staging/))
    expect(await made()).not.toContainEqual(expect.stringMatching(/^ward-ops-production/))

    running.interrupt()

    expect(await running.ended).toBe(0)
    expect(processesOf(folder)).toEqual([])
  })

  it('finds its log again the next time', async () => {
    const running = up()

    await expect.poll(running.told, { timeout: 60_000 }).toMatch(/opens “Ward OPS.*” on staging, a rehearsal/)

    running.interrupt()
    expect(await running.ended).toBe(0)
  })

  it('says what is missing or does not belong here, before it starts anything', async () => {
    const without = up({ CUTOVER_SLACK_BOT_TOKEN: '' })
    expect(await without.ended).toBe(2)
    expect(without.told()).toMatch(/CUTOVER_SLACK_BOT_TOKEN is not set.*Nothing was started/s)

    const withLog = up({ CUTOVER_DATABASE_URL: 'postgres://db.example.org/log' })
    expect(await withLog.ended).toBe(2)
    expect(withLog.told()).toMatch(/brings a log of its own.*Nothing was started/s)

    const withoutRunbooks = up({ CUTOVER_RUNBOOKS: join(folder, 'nowhere') })
    expect(await withoutRunbooks.ended).toBe(2)
    expect(withoutRunbooks.told()).toMatch(/There is no folder .*nowhere/)
  })
})

async function closeView({ id }: ShownView): Promise<void> {
  await fetch(`${workspace.url}/control/close`, {
    method: 'POST',
    body: JSON.stringify({ user: 'ana', view_id: id }),
  })
}
