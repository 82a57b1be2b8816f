import type { Client } from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let installation: Installation
let writer: Client
let url: string

beforeAll(async () => {
  installation = await startInstallation()
  await installation.startWorker()
  url = await installation.server.createDatabase('shop')
  const owner = await installation.server.connect(url)
  await owner.query('create table orders (id int primary key, note text)')
  await owner.end()
  writer = await installation.server.connect(url)
  await writer.query(`set application_name = 'reporting'`)
})
afterAll(() => installation.stop())

/** A plain psql that builds an index; it waits for whoever writes to the table. */
const indexing = (): Plan =>
  aPlan()
    .run('index', {
      begin: 'auto',
      work: {
        uses: 'command',
        with: {
          argv: [
            'psql',
            '-X',
            '-v',
            'ON_ERROR_STOP=1',
            '-c',
            'create index concurrently by_note on orders (note)',
          ],
          env: { target: { $: 'target', name: 'main' } },
        },
      },
    })
    .with({
      live: false,
      environment: 'staging',
      targets: { main: { name: 'main', kind: 'postgres', locator: url } },
    })
    .build()

it('names whom a run waits for with its progress, and lets a person end that session: once', async () => {
  await writer.query('begin')
  await writer.query(`insert into orders values (1, 'a secret')`)
  const cutover = await opening(installation.log, indexing())
  const attempt = `${cutover}.index.1`
  const blocked = await installation.until(
    cutover,
    ({ attempts }) => attempts[attempt]?.blocker !== undefined,
    20_000,
  )
  const blocker = blocked.attempts[attempt]?.blocker
  expect(blocker).toMatchObject({
    target: 'main',
    app: 'reporting',
    state: 'idle in transaction',
    query: 'insert into orders values (?, ?)',
  })
  await vi.waitFor(async () => {
    const progress = (await makeProgressBoard(installation.pool).of(cutover)).get(attempt)
    expect(progress).toMatchObject({
      label: expect.stringMatching(/^CREATE INDEX CONCURRENTLY orders \(waiting for/),
      unit: 'sessions',
      total: 1,
    })
  }, 5_000)

  const ask = { type: 'unblock', step: 'index', pid: blocker?.pid ?? 0, how: 'end' } as const
  const asked = await handleCommand(installation.log, cutover, ask, { actor: person(ANA) })
  expect(asked.ok).toBe(true)
  const done = await installation.until(cutover, ({ steps }) => steps['index']?.status === 'done', 20_000)
  expect(done.attempts[attempt]?.unblocking).toMatchObject({ pid: blocker?.pid, how: 'end', freed: true })
  const types = (await installation.log.events(cutover)).map(({ type }) => type)
  expect(types.filter((type) => type.startsWith('unblock '))).toEqual([
    'unblock asked',
    'unblock begun',
    'unblock ended',
  ])
  await expect(writer.query('commit')).rejects.toThrow()
})
