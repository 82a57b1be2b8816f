import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fence, judge, readAttempt } from '../../src/process/evidence.js'
import { currentPlace, processStart } from '../../src/process/runner.js'
import { startRunner } from '../../src/process/start.js'
import { aRequest, eventually, prepared, rawOutput, resultOf } from './support.js'
const from = process.env
const later = () => Date.now() + 60_000
async function running(argv = ['sleep', '60']) {
  const folder = await prepared(argv)
  await startRunner(folder, { from })
  const { started } = await readAttempt(folder)
  return { folder, started: started }
}
function kill(...pids) {
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  return eventually(() => pids.every((pid) => processStart(pid) === null))
}
describe('judging an attempt', () => {
  it('tells prepared, running and ended apart', async () => {
    const folder = await prepared(['sh', '-c', 'sleep 0.3'])
    expect(await judge(folder, Date.now())).toEqual({ is: 'not started' })
    await startRunner(folder, { from })
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'running', runner: 'alive' })
    await resultOf(folder)
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'ended', result: { code: 0 }, facts: null })
  })
  it('gives the facts that an action left', async () => {
    const facts = { summary: '3 rows', facts: { rows: 3, tables: ['a', 'b'], file: null } }
    const folder = await prepared(['true'])
    writeFileSync(join(folder, 'facts.json'), JSON.stringify(facts))
    await startRunner(folder, { from })
    await resultOf(folder)
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'ended', facts })
    writeFileSync(join(folder, 'facts.json'), '{"summary": 3')
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'ended', facts: null })
  })
  it('is dead without a result when runner and command were killed, once the heartbeat is old', async () => {
    const { folder, started } = await running()
    await kill(started.runner.pid, started.child.pid)
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'running' })
    expect(await judge(folder, Date.now() + 6_000)).toMatchObject({ is: 'dead without result' })
    // A clock that was set back does not make an old beat fresh.
    expect(await judge(folder, Date.now() - 3_600_000)).toMatchObject({ is: 'dead without result' })
  })
  it('still runs while only its runner was killed, and is dead when the last of its session has ended', async () => {
    const { folder, started } = await running(['bash', '-c', 'sleep 60 & echo $!; wait'])
    const grandchild = Number(await eventually(() => rawOutput(folder)))
    await kill(started.runner.pid)
    expect(await judge(folder, later())).toMatchObject({ is: 'running', runner: 'dead' })
    await kill(started.child.pid)
    expect(await judge(folder, later())).toMatchObject({ is: 'running', runner: 'dead' })
    await kill(grandchild)
    expect(await judge(folder, later())).toMatchObject({ is: 'dead without result' })
  })
  it('finds a command whose runner died before it could write the pid', async () => {
    const { folder, started } = await running()
    await kill(started.runner.pid)
    const pids = readFileSync(join(folder, 'pid.json'))
    rmSync(join(folder, 'pid.json'))
    expect(await judge(folder, later())).toMatchObject({ is: 'running', runner: 'dead', started: null })
    await kill(started.child.pid)
    expect(await judge(folder, later())).toMatchObject({ is: 'dead without result' })
    writeFileSync(join(folder, 'pid.json'), pids)
  })
  it('is not fooled by a stranger that got the pids again', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true })
    // The kernel counts start times in hundredths of a second.
    await sleep(50)
    try {
      const { folder, started } = await running()
      await kill(started.runner.pid, started.child.pid)
      const reused = (old) => ({ ...old, pid: stranger.pid })
      const faked = { ...started, runner: reused(started.runner), child: reused(started.child) }
      writeFileSync(join(folder, 'pid.json'), JSON.stringify(faked))
      expect(await judge(folder, later())).toMatchObject({ is: 'dead without result' })
      expect(processStart(stranger.pid)).not.toBeNull()
      // The same stranger with its true start time would be the command: what tells them apart is that alone.
      const real = { pid: stranger.pid, startTime: processStart(stranger.pid) }
      writeFileSync(join(folder, 'pid.json'), JSON.stringify({ ...faked, child: real }))
      expect(await judge(folder, later())).toMatchObject({ is: 'running', runner: 'dead' })
      copyFileSync(join(folder, 'lock'), join(folder, 'pid.json'))
    } finally {
      stranger.kill('SIGKILL')
    }
  })
  it('knows that nothing survives a restart of the host', async () => {
    const { folder } = await running()
    const afterBoot = { ...currentPlace(), bootId: 'another boot' }
    expect(await judge(folder, later(), afterBoot)).toEqual({
      is: 'dead without result',
      why: `The host ${afterBoot.host} was restarted while it ran.`,
    })
  })
  it('declares nothing dead from another PID namespace or another host', async () => {
    const { folder } = await running()
    const here = currentPlace()
    const inContainer = await judge(folder, Date.now(), { ...here, pidNamespace: 'pid:[1]' })
    const otherHost = await judge(folder, later(), { ...here, bootId: 'b', host: 'db2' })
    expect(inContainer).toMatchObject({ is: 'elsewhere', why: expect.stringContaining(here.host) })
    expect(inContainer.is === 'elsewhere' && inContainer.heartbeatAgeMs).toBeLessThan(5_000)
    expect(otherHost).toMatchObject({ is: 'elsewhere' })
  })
  it('takes a lock without content for a start for a moment only', async () => {
    const folder = await prepared(['true'])
    writeFileSync(join(folder, 'lock'), '')
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'running', started: null })
    utimesSync(join(folder, 'lock'), new Date(0), new Date(0))
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'dead without result' })
  })
})
describe('the fence', () => {
  it('keeps a runner that comes late from starting anything', async () => {
    const folder = await prepared(['sh', '-c', 'echo started'])
    expect(await fence(folder)).toBe(true)
    expect(await judge(folder, Date.now())).toEqual({ is: 'never started' })
    expect(await startRunner(folder, { from })).toEqual({ outcome: 'taken' })
    expect(rawOutput(folder)).toBe('')
    expect(await fence(folder)).toBe(true)
  })
  it('loses against a runner that was faster', async () => {
    const { folder } = await running()
    expect(await fence(folder)).toBe(false)
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'running' })
  })
  it('or a runner wins, never both, when they come at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const folder = await prepared(['sh', '-c', 'echo started'], { attempt: aRequest([]).attempt })
      const [fenced, start] = await Promise.all([
        new Promise((resolve) => setTimeout(resolve, 15 + round * 3)).then(() => fence(folder)),
        startRunner(folder, { from }),
      ])
      expect(start.outcome).toBe(fenced ? 'taken' : 'up')
      if (!fenced) await resultOf(folder)
      expect(rawOutput(folder)).toBe(fenced ? '' : 'started\n')
    }
  })
})
