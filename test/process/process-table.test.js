import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { lastLine, linesFrom, Progress, Sample } from '../../src/process/lines.js'
import { endSession, processStart, sessionMembers } from '../../src/process/runner.js'
const platform = Object.getOwnPropertyDescriptor(process, 'platform')
afterEach(() => {
  Object.defineProperty(process, 'platform', platform)
})
describe('the process table', () => {
  it('never takes a stranger with a reused pid for the command, and never signals it', async () => {
    const stranger = spawn('sleep', ['30'], { detached: true })
    try {
      const leader = { pid: stranger.pid, startTime: 'of the command that had this pid' }
      expect(sessionMembers(leader)).toEqual([])
      expect(await endSession(leader, { graceMs: 0, from: 'SIGTERM' })).toEqual({
        forced: false,
        survivors: 0,
      })
      await sleep(100)
      expect(processStart(stranger.pid)).not.toBeNull()
    } finally {
      stranger.kill('SIGKILL')
    }
  })
  it.skipIf(spawnSync('ps', ['-p', '1']).status !== 0)(
    'can be read by ps where there is no /proc',
    async () => {
      Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' })
      const child = spawn('sh', ['-c', 'sleep 30 & sleep 31 & wait'], { detached: true })
      await sleep(100)
      const leader = { pid: child.pid, startTime: processStart(child.pid) }
      expect(leader.startTime).toMatch(/^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/)
      expect(
        sessionMembers(leader)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['sh', 'sleep', 'sleep'])
      expect(await endSession(leader, { graceMs: 500, from: 'SIGTERM' })).toEqual({
        forced: false,
        survivors: 0,
      })
      expect(processStart(leader.pid)).toBeNull()
    },
  )
})
describe('lines of progress and samples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-lines-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  it('are read to the last complete one, and from an offset in batches', async () => {
    const file = join(folder, 'samples.ndjson')
    const sample = (at) => ({ at, id: 'errors', green: true, answer: `ნორმა ${'x'.repeat(90)}` })
    const count = 5_000
    appendFileSync(file, Array.from({ length: count }, (_, at) => `${JSON.stringify(sample(at))}\n`).join(''))
    appendFileSync(file, '{"at":')
    expect(await lastLine(file, Sample)).toEqual(sample(count - 1))
    expect(await lastLine(file, Progress)).toBeNull()
    const seen = []
    let offset = 0
    for (;;) {
      const { values, next } = await linesFrom(file, offset, Sample)
      if (next === offset) break
      seen.push(...values.map(({ at }) => at))
      offset = next
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, at) => at))
    expect(await linesFrom(join(folder, 'none'), 7, Sample)).toEqual({ values: [], next: 7 })
  })
})
