import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { beginAttempt } from '../../src/app/begin-attempt.ts'
import { Bindings } from '../../src/cli/worker/bindings.ts'
import { makeAttemptHost } from '../../src/cli/worker/attempt-host.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { openSpool } from '../../src/process/spool.ts'
import { LEADER } from '../support/cutover.ts'
import { knowingEverything } from '../support/copies.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { aPlan } from '../support/plans.ts'

let test: TestLog
let folder: string
beforeAll(async () => {
  test = await startTestLog()
  folder = await mkdtemp(join(tmpdir(), 'cutover-full-'))
})
afterAll(async () => {
  await test.stop()
  await rm(folder, { recursive: true, force: true })
})

it('a full disk under the spool refuses the step before it starts, and says what to do', async () => {
  const runner = fileURLToPath(new URL('../../dist/process/runner.js', import.meta.url))
  const spool = await openSpool({
    root: join(folder, 'spool'),
    runner,
    minFreeBytes: Number.MAX_SAFE_INTEGER,
  })
  const host = makeAttemptHost({
    spool,
    cwd: folder,
    pool: 'db',
    copies: knowingEverything(folder),
    main: '',
    environment: process.env,
    bindings: () => Bindings.parse({ environments: {} }),
    log: {},
    logger: quiet,
  })
  await makePresence(test.pool).serveSeen('s1', 'test')
  const plan = aPlan().run('copy', { begin: 'auto' }).with({ live: false, targets: {} }).build()
  const cutover = await opening(test.log, plan)
  await say(test.log, cutover, { type: 'advance' }, LEADER)
  const attempt = (await test.log.load(cutover))!.state.steps['copy']!.attempts[0]!
  const actor = { kind: 'worker', pool: 'db', worker: 'w1' } as const

  await beginAttempt({ log: test.log, host, actor, hostName: 'h1', logger: quiet }, { cutover, attempt })

  const { state } = (await test.log.load(cutover))!
  expect(state.attempts[attempt]).toMatchObject({
    status: 'refused',
    error: { hint: expect.stringContaining('Make room'), changed: 'Nothing was started.' },
  })
  const types = (await test.log.events(cutover)).map(({ type }) => type)
  expect(types).not.toContain('attempt spawning')
})
