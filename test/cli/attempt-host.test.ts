import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bindings } from '../../src/cli/worker/bindings.ts'
import { makeAttemptHost } from '../../src/cli/worker/attempt-host.ts'
import type { Work } from '../../src/domain/plan.ts'
import { attemptFolder, openSpool } from '../../src/process/spool.ts'
import { knowingEverything } from '../support/copies.ts'
import { quiet } from '../support/installation.ts'
import { aPlan } from '../support/plans.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-host-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What the runner would be asked to spawn for this work. */
async function requestFor(work: Work, attempt: string, pool = 'db') {
  const plan = aPlan()
    .run('copy', { work })
    .with({ live: false, environment: 'staging', targets: {} })
    .build()
  const step = plan.steps['copy']
  if (step === undefined) throw new Error('no step')
  const runner = join(folder, 'runner.js')
  writeFileSync(runner, '')
  const spool = await openSpool({ root: join(folder, 'spool'), runner, minFreeBytes: 0 })
  const host = makeAttemptHost({
    spool,
    cwd: folder,
    pool,
    copies: knowingEverything(folder),
    main: '/opt/cutover/main.js',
    environment: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', SLACK_BOT_TOKEN: 'xoxb-no' },
    bindings: () => Bindings.parse({ environments: {} }),
    log: {},
    logger: quiet,
  })
  await host.prepare({ cutover: 'c1', attempt, step, work, plan, begun: [] })
  return JSON.parse(readFileSync(join(attemptFolder(spool, attempt), 'request.json'), 'utf8'))
}

const argv = ['sh', '-c', 'true']

it('hands a plain program to the runner, and one that is listened to to the action process', async () => {
  const plain = await requestFor({ uses: 'command', with: { argv } }, 'c1.copy.1')
  const asked = await requestFor(
    { uses: 'command', with: { argv, answers: [{ prompt: 'Proceed', send: 'yes' }] } },
    'c1.copy.2',
  )
  const expected = await requestFor(
    { uses: 'command', with: { argv }, expect: { exit: { equals: 1 } } },
    'c1.copy.3',
  )

  expect(plain.spawn.argv[0]).toMatch(/\/sh$/)
  expect(plain.action).toBeUndefined()
  for (const request of [asked, expected]) {
    expect(request.spawn.argv.slice(1, 4)).toEqual(['/opt/cutover/main.js', 'action', 'command'])
    expect(request.action.attend).toBe(true)
  }
})

it('lets a program see the same of the worker’s environment either way', async () => {
  const plain = await requestFor({ uses: 'command', with: { argv } }, 'c1.copy.1')
  const attended = await requestFor({ uses: 'command', with: { argv, tty: true } }, 'c1.copy.2')

  expect(attended.spawn.env).toMatchObject({ PATH: plain.spawn.env.PATH, LC_ALL: 'C.UTF-8' })
  expect(JSON.stringify([plain, attended])).not.toContain('xoxb-no')
})

it('starts no step that its runbook sends to another host', async () => {
  await expect(requestFor({ uses: 'command', with: { argv } }, 'c1.copy.1', 'web')).rejects.toThrow(
    'By its runbook “copy” is carried out by the pool db, and this is web.',
  )
})
