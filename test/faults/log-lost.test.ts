import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readConfig } from '../../src/cli/config.ts'
import { doctor } from '../../src/cli/doctor/doctor.ts'
import { verifyCutover } from '../../src/postgres/verify.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan, BEN } from '../support/plans.ts'
import { effect, runsOf } from './support/effects.ts'
import { faultWithoutQueue } from './support/fault.ts'
import { startRig, type Rig } from './support/rig.ts'

/** Both halves of the drill: what was done with the log's own dump, as anybody would do it. */
function tool(name: 'pg_dump' | 'pg_restore', words: readonly string[]): void {
  const { status, stderr } = spawnSync(name, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
}

/**
 * The database is gone from one moment to the next, with every session; and comes back as it was at the dump. Under
 * another name until it is whole: workers that reach it would write into the middle of it.
 */
async function loseAndRestore(rig: Rig, dump: string): Promise<void> {
  const admin = await rig.server.connect()
  await admin.query('drop database cutover_log with (force)')
  await admin.query('create database cutover_restored')
  tool('pg_restore', ['--no-owner', '--dbname', rig.url.replace(/cutover_log$/, 'cutover_restored'), dump])
  await admin.query('alter database cutover_restored rename to cutover_log')
}

const TICK = { type: 'tick', step: 'ready', result: 'done', fields: {} } as const

const done =
  (step: string) => (state: { readonly steps: Readonly<Record<string, { readonly status: string }>> }) =>
    state.steps[step]?.status === 'done'

faultWithoutQueue(
  'T18',
  'the log’s database is lost in the middle and comes back from an earlier backup',
  async () => {
    const rig = await startRig('postgres')
    const folder = mkdtempSync(join(tmpdir(), 'cutover-log-lost-'))
    try {
      const worker = await rig.worker()
      const cutover = await rig.open(
        aPlan()
          .run('ran', effect('ran', { parallel: true }))
          .run('told', effect('told', { parallel: true }))
          .do('ready', { parallel: true })
          .run('later', effect('later', { parallel: true, needs: ['ready'] })),
      )
      const isRunning = (step: string) =>
        rig.until(cutover, ({ attempts }) => attempts[`${cutover}.${step}.1`]?.status === 'running')
      await isRunning('ran')
      await isRunning('told')

      const dump = join(folder, 'log.dump')
      tool('pg_dump', ['--format=custom', '--file', dump, '--dbname', rig.url])

      // What follows is in no backup: an end that is told, a tick, a start, a cutover.
      rig.letEnd('told')
      await rig.until(cutover, done('told'))
      await rig.say(cutover, TICK, person(ANA))
      await isRunning('later')
      const opened = await rig.open(aPlan().run('strange', effect('strange')))
      await rig.running(opened)
      const { rows } = await rig.pool.query<{ head: string; position: number }>(
        'select head, position from cutover.cutover where id = $1',
        [cutover],
      )
      const anchor = rows[0]!

      await loseAndRestore(rig, dump)
      for (const name of ['ran', 'later', 'strange']) rig.letEnd(name)

      // What the log knows of is told to it, also the end that it had known before.
      const after = await rig.until(cutover, (state) => done('ran')(state) && done('told')(state), 40_000)
      expect(after.steps['ready']?.status).not.toBe('done')
      const verified = await verifyCutover(rig.pool, cutover, anchor)
      expect(verified?.findings).toHaveLength(1)
      expect(verified?.findings[0]?.position).toBeLessThanOrEqual(anchor.position)

      // What it does not know of is not lost, and does not count by itself.
      await expect
        .poll(() => worker.output(), { timeout: 20_000 })
        .toContain('a cutover that the log does not know')
      await rig.until(cutover, ({ notes }) =>
        notes.some(({ text }) => text.includes(`${cutover}.later.1 ended: succeeded`)),
      )
      await rig.say(cutover, TICK, person(ANA))
      const refused = await rig.until(cutover, ({ steps }) => steps['later']?.status === 'failed', 30_000)
      const [attempt] = Object.values(refused.attempts).filter(({ step }) => step === 'later')
      expect(attempt).toMatchObject({
        status: 'refused',
        why: expect.stringContaining('the log knows nothing of that'),
      })
      await rig.say(
        cutover,
        { type: 'retry', step: 'later', reason: 'it says nothing was started' },
        person(ANA),
      )
      const again = await rig.until(
        cutover,
        ({ attempts }) => attempts[`${cutover}.later.2`]?.status === 'refused',
        30_000,
      )
      expect(again.steps['later']?.status).toBe('failed')

      const report = await doctor({
        config: readConfig(doctorSettings(rig)),
        environment: process.env,
        cwd: rig.folder,
        pool: 'db',
      })
      const spool = report.sections.find(({ title }) => title === 'Spool')?.findings ?? []
      expect(spool).toContainEqual({
        health: 'error',
        says: expect.stringContaining(`${opened}.strange.1`),
        fix: expect.stringContaining('docs/reliability.md'),
      })

      // A person looked at the target and says how it was.
      await rig.say(
        cutover,
        { type: 'mark', step: 'later', outcome: 'succeeded', reason: 'it is there' },
        person(BEN),
      )
      const effects = await rig.effects()
      for (const step of [`${cutover}.ran`, `${cutover}.told`, `${cutover}.later`, `${opened}.strange`])
        expect(runsOf(effects, step), step).toEqual(['start end'])
    } finally {
      for (const name of ['ran', 'told', 'later', 'strange']) rig.letEnd(name)
      // It ends the workers; that the log lacks what was acknowledged is what this is about.
      await rig.afterwards().catch(() => undefined)
      await rig.stop()
      rmSync(folder, { recursive: true })
    }
  },
  { timeoutMs: 180_000 },
)

function doctorSettings(rig: Rig): Record<string, string> {
  const url = new URL(rig.url)
  url.password = ''
  return {
    CUTOVER_DATABASE_URL: url.href,
    CUTOVER_DATABASE_PASSWORD_FILE: join(rig.folder, 'password'),
    CUTOVER_SPOOL: join(rig.folder, 'spool'),
    CUTOVER_BINDINGS: join(rig.folder, 'bindings.json'),
    CUTOVER_RUNBOOKS: join(rig.folder, 'runbooks'),
  }
}
