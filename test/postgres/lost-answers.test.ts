import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { LogUnavailable } from '../../src/app/log-errors.ts'
import type { CutoverLog } from '../../src/app/ports.ts'
import { listenForChanges } from '../../src/postgres/changes.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { startTestPostgres } from '../support/postgres.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
let proxy: Awaited<ReturnType<typeof startCuttingProxy>>
let viaProxy: CutoverLog
let id: string

beforeAll(async () => {
  test = await startTestLog()
  proxy = await startCuttingProxy(test.server.port)
  const url = new URL(test.url)
  url.port = String(proxy.port)
  url.hostname = '127.0.0.1'
  viaProxy = test.another(url.href).log
  id = await opening(test.log, aPlan().do('stop').with({ live: false, targets: {} }).build())
})
afterAll(async () => {
  await proxy.stop()
  await test.stop()
})

const notes = async () => (await test.log.load(id))?.state.notes.map((note) => note.text) ?? []

describe('a connection that is cut during COMMIT', () => {
  it.each(['after', 'before'] as const)('%s the server heard of it: recorded once', async (how) => {
    const text = `cut ${how}`
    proxy.cutAtNextCommit(how)

    const outcome = await handleCommand(viaProxy, id, { type: 'note', text }, { actor: person(ANA) })

    expect(proxy.armed()).toBe(false)
    expect(outcome).toMatchObject({ ok: true, repeated: how === 'after' })
    expect((await notes()).filter((one) => one === text)).toHaveLength(1)
  })

  it('tells whoever appends by hand that nobody knows, and the key finds it again', async () => {
    const position = (await viaProxy.load(id))?.state.position ?? 0
    const append = {
      cutover: id,
      expected: position,
      events: [{ type: 'note added', data: { text: 'by hand' } }] as const,
      actor: person(ANA),
      key: 'by hand',
    }
    proxy.cutAtNextCommit('after')
    await expect(viaProxy.append(append)).rejects.toBeInstanceOf(LogUnavailable)
    expect(await viaProxy.append(append)).toEqual({ ok: false, why: 'repeated', cutover: id })
  })
})

describe('a log that is away', () => {
  it('says so in one word everywhere, and nothing is recorded', async () => {
    const gone = await startTestPostgres()
    const { log } = test.another(gone.url)
    await gone.stop()

    await expect(log.load(id)).rejects.toBeInstanceOf(LogUnavailable)
    await expect(log.list()).rejects.toBeInstanceOf(LogUnavailable)
    await expect(
      handleCommand(log, id, { type: 'note', text: 'lost' }, { actor: person(ANA) }),
    ).rejects.toThrow('repeat it with the same key')
  })

  it('is used again after its sessions were killed', async () => {
    const { log } = test.another()
    await log.load(id)
    await test.server
      .connect(test.url)
      .then((client) =>
        client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      )
    await expect
      .poll(() =>
        handleCommand(log, id, { type: 'note', text: 'again' }, { actor: person(ANA), key: 'again' }),
      )
      .toMatchObject({ ok: true })
    expect((await notes()).filter((one) => one === 'again')).toHaveLength(1)
  })
})

describe('listening for changes', () => {
  it('goes on after its connection was killed, and says that something may have been missed', async () => {
    const heard: (string | null)[] = []
    const changes = listenForChanges({ connectionString: test.url }, (cutover) => heard.push(cutover))
    await expect.poll(() => heard).toEqual([null])
    await say(test.log, id, { type: 'note', text: 'heard' }, person(ANA))
    await expect.poll(() => heard).toEqual([null, id])

    const client = await test.server.connect(test.url)
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cutover:listen'`,
    )

    await expect.poll(() => heard, { timeout: 5000 }).toEqual([null, id, null])
    await say(test.log, id, { type: 'note', text: 'heard again' }, person(ANA))
    await expect.poll(() => heard).toEqual([null, id, null, id])
    await changes.stop()
  })

  it('begins when the database comes, and can be stopped while it is away', async () => {
    const changes = listenForChanges({ connectionString: 'postgresql://127.0.0.1:1/none' }, () => undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await changes.stop()
  })
})
