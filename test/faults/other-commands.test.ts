import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { openCutover } from '../../src/app/open-cutover.ts'
import { makeRunbooks } from '../../src/cli/runbook-folder.ts'
import { statusText } from '../../src/cli/views/status-text.ts'
import type { CutoverEvent } from '../../src/domain/events.ts'
import { HOLDERS, LEADER, person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { ANA, BEN, CAI } from '../support/plans.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts'

/** What the folder of the host says; a test changes it under way. */
const SHOP = `language: 1
runbook: shop
title: The shop moves
owner: platform
updated: 2026-11-20
window: { length: 60m, zone: UTC }
roles:
  lead: { title: Lead, from: ["user:${ANA}"] }
  observer: { title: Observer, from: ["user:${BEN}"] }
  communicator: { title: Communicator, from: ["user:${CAI}"] }
pool: db
secrets: [TARGET_URL]
targets:
  main: { postgres: $TARGET_URL }
environments:
  staging: {}
phases:
  - phase: Migrate
    at: T-2h
    steps:
      - run: Wait
        id: wait
        script: shop/wait.sh
        begin: auto
        late: 24h
        irreversible: a test
      - run: Work
        id: work
        script: shop/work.sh
        begin: auto
        late: 24h
        irreversible: a test
      - run: Apply
        id: apply
        uses: pg.apply
        with: { target: main, files: [shop/apply.sql] }
        begin: auto
        late: 24h
        irreversible: a test
rollback: { name: shop }
`
const FILES = {
  'shop.yaml': SHOP,
  'shop/wait.sh': 'echo waits; for n in $(seq 600); do [ -e go ] && exit 0; sleep 0.1; done; exit 1\n',
  'shop/work.sh': 'echo as reviewed > worked\n',
  'shop/apply.sql': "create table made as select 'as reviewed' as how;\n",
}

let installation: Installation
let worker: WorkerProcess
let target: string
beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation.stop())

let count = 0
beforeEach(async () => {
  const { url, folder, server } = installation
  target = await server.createDatabase(`target_${(count += 1)}`)
  mkdirSync(join(folder, 'runbooks', 'shop'), { recursive: true })
  for (const [name, text] of Object.entries(FILES)) write(name, text)
  worker = await startWorkerProcess({ url, folder, secrets: { TARGET_URL: target } })
})
afterEach(() => worker.kill())

const inFolder = (name: string): string => join(installation.folder, name)
const write = (name: string, text: string): void => writeFileSync(inFolder(join('runbooks', name)), text)

const runbooks = () =>
  makeRunbooks(inFolder('runbooks'), {
    person: async (id: string) => ({ id, name: id }),
  } as unknown as Parameters<typeof makeRunbooks>[1])

const asked = async () => ({
  runbook: 'shop',
  environment: 'staging',
  plannedStart: (await installation.log.now()) + 60_000,
  holders: HOLDERS,
  vars: {},
  realTime: true,
})

async function open(): Promise<string> {
  const { log } = installation
  const opened = await openCutover({ log, runbooks: runbooks() }, await asked(), {
    actor: person(ANA),
    key: `open-${count}`,
  })
  if (!opened.ok) throw new Error(opened.refusal.message)
  return opened.state.id
}

const ended = (cutover: string, step: string) =>
  installation.until(cutover, ({ steps }) => steps[step]?.status === 'done', 30_000)

describe('T33 a runbook, a script and an SQL file that are edited while it runs', () => {
  it('change nothing: what is carried out is the copy of the opening, and the change is told as ignored', async () => {
    const cutover = await open()
    await installation.until(cutover, ({ attempts }) => attempts[`${cutover}.wait.1`]?.status === 'running')

    write('shop/work.sh', 'echo evil > worked\n')
    write('shop/apply.sql', "create table made as select 'evil' as how;\n")
    write('shop.yaml', SHOP.replace('length: 60m', 'length: 90m'))
    const told = await installation.until(cutover, ({ pools }) => (pools['db']?.ignored.length ?? 0) === 3)
    writeFileSync(inFolder('go'), '')
    await ended(cutover, 'apply')

    expect(readFileSync(inFolder('worked'), 'utf8')).toBe('as reviewed\n')
    const client = await installation.server.connect(target)
    expect((await client.query('select how from made')).rows).toEqual([{ how: 'as reviewed' }])
    await client.end()
    expect(told.pools['db']?.ignored).toEqual(['shop.yaml', 'shop/apply.sql', 'shop/work.sh'])
    const now = await installation.log.now()
    expect(statusText({ state: told, now, withoutLogin: [] }, (id) => id)).toContain(
      'changed on db after the opening, and ignored: shop.yaml, shop/apply.sql, shop/work.sh',
    )
  })
})

describe('a stolen bot', () => {
  it('that opens a cutover with a command of its own is refused by the host, whatever else it writes', async () => {
    const { log } = installation
    const at = await log.now()
    const resolved = await runbooks().resolve(await asked(), { id: 'stolen', at })
    if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
    const { work, ...steps } = resolved.plan.steps
    if (work?.kind !== 'run') throw new Error('there is no such step')
    const evil = { uses: 'command', with: { argv: ['touch', inFolder('stolen')] } }
    const plan = { ...resolved.plan, steps: { ...steps, work: { ...work, work: evil } } }
    const opened: CutoverEvent = {
      type: 'cutover opened',
      data: {
        plan,
        plannedStart: at,
        opener: ANA,
        holders: HOLDERS,
        channelName: 'stolen',
        realTime: true,
      },
    }
    const dispatched: CutoverEvent = {
      type: 'attempt dispatched',
      data: { attempt: 'stolen.work.1', step: 'work', n: 1, pool: 'db' },
    }
    // Right into the log, as whoever has the bot's login can.
    await log.append({
      cutover: 'stolen',
      expected: 0,
      events: [opened, { type: 'step due', data: { step: 'work' } }, dispatched],
      actor: LEADER,
      key: 'stolen',
    })

    const state = await installation.until('stolen', ({ attempts, pools }) => {
      const refused = Object.values(attempts)[0]?.status === 'refused'
      return refused && pools['db'] !== undefined
    })
    expect(state.pools['db']).toMatchObject({
      ready: false,
      differs: expect.arrayContaining(['steps.work.work.uses']),
    })
    expect(state.attempts['stolen.work.1']?.error?.message).toContain('does not start what it does not know')
    const run = { type: 'retry', step: 'work', reason: 'try' } as const
    expect(await handleCommand(log, 'stolen', run, { actor: person(ANA) })).toMatchObject({
      refusal: { code: 'pool not ready' },
    })
    expect((await log.events('stolen')).map(({ type }) => type)).not.toContain('attempt spawning')
    expect(() => readFileSync(inFolder('stolen'))).toThrow('ENOENT')
  })
})

describe('a host whose folder is behind', () => {
  it('starts nothing, says which file is another one, and is ready by itself when that is mended', async () => {
    writeFileSync(inFolder('go'), '')
    const resolving = runbooks()
    const seen = await resolving.resolve(await asked(), { id: 'x', at: await installation.log.now() })
    write('shop/work.sh', 'echo older > worked\n')
    const opened = await openCutover(
      {
        log: installation.log,
        runbooks: { resolve: async () => seen },
      },
      await asked(),
      { actor: person(ANA), key: `behind-${count}` },
    )
    if (!opened.ok) throw new Error(opened.refusal.message)
    const { id } = opened.state
    const refusing = await installation.until(id, ({ pools }) => pools['db']?.ready === false)
    expect(refusing.pools['db']?.differs).toEqual(['shop/work.sh'])

    const retry = { type: 'retry', step: 'wait', reason: 'mended' } as const
    await installation.until(id, ({ steps }) => steps['wait']?.status === 'failed')

    write('shop/work.sh', FILES['shop/work.sh'])
    await installation.until(id, ({ pools }) => pools['db']?.ready === true)
    expect(await handleCommand(installation.log, id, retry, { actor: person(ANA) })).toHaveProperty(
      'ok',
      true,
    )

    await ended(id, 'work')
    expect(readFileSync(inFolder('worked'), 'utf8')).toBe('as reviewed\n')
  })
})
