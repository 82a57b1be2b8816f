import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Started } from '../../src/process/evidence.ts'
import { sessionMembers } from '../../src/process/runner.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan } from '../support/plans.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { effect, effectWork, runsOf } from './support/effects.ts'
import { fault, isWhole } from './support/fault.ts'
import type { Rig } from './support/rig.ts'

const hasPsql = spawnSync('psql', ['--version']).status === 0
/** The row says 5 GB: more than fits into 31 bits is as good. In `npm test` enough to fill every buffer there is. */
const FLOOD_BYTES = isWhole ? 2_200_000_000 : 30_000_000
const RSS_MAX_KB = 300_000

const bash = (script: string, seconds?: number) => ({
  ...effect(seconds ?? 0),
  work: effectWork(['bash', '-c', script]),
})

const fileOf = ({ folder }: Rig, attempt: string, name: string): string =>
  join(folder, 'spool', 'attempts', attempt, name)

async function tailOf({ pool }: Rig, attempt: string): Promise<string> {
  const { rows } = await pool.query<{ tail: string }>(
    'select tail from cutover.progress where attempt = $1',
    [attempt],
  )
  return rows[0]?.tail ?? ''
}

/** The most memory that a process ever had. */
function peakKb({ pid }: WorkerProcess): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

fault(
  'T20',
  'a command prints gigabytes',
  async (rig) => {
    const worker = await rig.worker()
    const script = `yes "a line of quite some length, as programs print them" | head -c ${FLOOD_BYTES}; echo; echo last words`
    const cutover = await rig.open(aPlan().run('copy', bash(script)))
    const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done', 900_000)
    const [attempt] = Object.values(state.attempts)
    expect(attempt).toMatchObject({ status: 'ended', outcome: 'succeeded', exit: 0 })
    expect(await tailOf(rig, attempt!.id)).toContain('last words')
    expect(peakKb(worker)).toBeLessThan(RSS_MAX_KB)
  },
  { timeoutMs: 1_000_000 },
)

fault('T22', 'what a command leaves behind keeps its output open', async (rig) => {
  await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', bash('sleep 300 & echo done')))
  const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  const [attempt] = Object.values(state.attempts)
  expect(attempt).toMatchObject({ outcome: 'succeeded', exit: 0 })
  expect(attempt?.durationMs).toBeLessThan(5000)
  expect(sessionMembers(rig.pidsOf(attempt!.id).child)).toEqual([])
  expect(await tailOf(rig, attempt!.id)).toMatch(/left behind and ended: sleep/)
})

/** Sessions at the target that bear the attempt's name. */
async function sessionsOf({ targetServer, target }: Rig, attempt: string): Promise<number> {
  const client = await targetServer.connect(target)
  const { rowCount } = await client.query(
    'select from pg_stat_activity where application_name like $1 and pid <> pg_backend_pid()',
    [`%${attempt}%`],
  )
  await client.end()
  return rowCount ?? 0
}

fault(
  'T23',
  'a command that ignores signals is cancelled, with its children and its sessions',
  async (rig) => {
    await rig.worker()
    const script = `trap '' INT TERM; echo go; (sleep 300 &) ; psql -c 'select pg_sleep(300)'; sleep 300`
    const cutover = await rig.open(aPlan().run('copy', bash(script)))
    const attempt = await rig.running(cutover)
    const { child } = rig.pidsOf(attempt)
    await expect.poll(() => sessionsOf(rig, attempt), { timeout: 10_000 }).toBe(1)

    await rig.does(cutover, { type: 'cancel', step: 'copy', reason: 'enough' }, person(ANA))

    const state = await rig.until(cutover, ({ attempts }) => attempts[attempt]?.status === 'ended', 40_000)
    expect(state.attempts[attempt]).toMatchObject({
      outcome: 'cancelled',
      summary: 'Killed: it did not stop when asked.',
    })
    expect(await sessionsOf(rig, attempt)).toBe(0)
    expect(sessionMembers(child)).toEqual([])
  },
  { needs: hasPsql },
)

fault(
  'T23',
  'a query that no signal reaches is cancelled: its program waits in a library',
  async (rig) => {
    await rig.worker()
    const argv = ['setsid', '--wait', 'psql', '-c', 'select pg_sleep(300)']
    const cutover = await rig.open(aPlan().run('copy', { ...effect(0), work: effectWork(argv) }))
    const attempt = await rig.running(cutover)
    await expect.poll(() => sessionsOf(rig, attempt), { timeout: 10_000 }).toBe(1)

    await rig.does(cutover, { type: 'cancel', step: 'copy', reason: 'enough' }, person(ANA))

    await expect.poll(() => sessionsOf(rig, attempt), { timeout: 4000, interval: 50 }).toBe(0)
    await rig.until(cutover, ({ attempts }) => attempts[attempt]?.status === 'ended', 40_000)
  },
  { needs: hasPsql },
)

/** Everything of an attempt is dead, and its folder says what the test makes of it before the next worker looks. */
async function killedThen(rig: Rig, change: (started: Started) => object): Promise<string> {
  const first = await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect(60)))
  const attempt = await rig.running(cutover)
  await expect.poll(async () => (await rig.effects()).length, { timeout: 10_000 }).toBeGreaterThan(0)
  await first.kill()
  rig.killAll(rig.pidsOf(attempt))
  for (const name of ['pid.json', 'lock']) {
    const path = fileOf(rig, attempt, name)
    const before = JSON.parse(readFileSync(path, 'utf8')) as Started
    writeFileSync(path, JSON.stringify({ ...before, ...change(before) }))
  }
  await rig.worker()
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'unknown', 30_000)
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start'])
  const [unknown] = (await rig.events(cutover)).flatMap((event) =>
    event.type === 'attempt unknown' ? [event.data.why] : [],
  )
  return unknown ?? ''
}

fault('T24', 'the pids of a dead attempt belong to somebody else now', async (rig) => {
  const stranger = spawn('sleep', ['300'])
  rig.atEnd(async () => void stranger.kill('SIGKILL'))
  const pid = stranger.pid ?? 0
  // The pid is the stranger's, its start time still that of the process that had it before.
  await killedThen(rig, ({ runner, child }) => ({
    runner: { ...runner, pid },
    ...(child === undefined ? {} : { child: { ...child, pid } }),
  }))
  expect(stranger.exitCode).toBeNull()
  expect(stranger.signalCode).toBeNull()
})

// A test cannot restart its machine. To the product a restart is another boot id in what the attempt wrote.
fault('T25', 'the host was restarted while a step ran', async (rig) => {
  const why = await killedThen(rig, () => ({ bootId: '00000000-0000-0000-0000-000000000000' }))
  expect(why).toMatch(/The host .* was restarted while it ran\./)
})
