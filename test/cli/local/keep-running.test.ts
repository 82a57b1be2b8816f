import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDataSet } from '../../../src/cli/demo/data/data-set.ts'
import { endText, keepRunning, type End } from '../../../src/cli/local/keep-running.ts'
import { choosePort } from '../../../src/cli/local/ports.ts'

let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-keep-'))
  mkdirSync(join(folder, 'log'))
  const schemaFolder = join(import.meta.dirname, '../../../runbooks/ward-ops/demo')
  makeDataSet({ path: join(folder, 'ward.db'), schemaFolder, rows: 3000, seed: 1, until: Date.now() })
  environment = {
    PATH: process.env['PATH'] ?? '',
    CUTOVER_VAR_HEALTH: `http://127.0.0.1:${await choosePort()}/api/v1/health`,
    CUTOVER_VAR_SQLITE: 'ward.db',
    CUTOVER_VAR_APP_LOG: 'log/api.log',
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function keep(words: readonly string[], ends: End[]) {
  const logFile = join(folder, `${words.join('-')}.log`)
  const onEnd = (end: End) => void ends.push(end)
  return keepRunning({ name: 'service', words, environment, cwd: folder, logFile, onEnd })
}

const answers = () =>
  fetch(environment['CUTOVER_VAR_HEALTH'] ?? '').then(
    ({ ok }) => ok,
    () => false,
  )

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a process that is kept running', () => {
  it('is there again at once when it was killed, and is gone when it is stopped', async () => {
    const ends: End[] = []
    const kept = keep(['demo-service', 'serve', 'sqlite'], ends)
    await expect.poll(answers, { timeout: 15_000 }).toBe(true)
    // Older than what counts as failing to start.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const first = kept.pid() ?? 0

    process.kill(first, 'SIGKILL')

    await expect.poll(() => ends.length).toBe(1)
    await expect.poll(() => kept.pid() ?? first, { timeout: 1000 }).not.toBe(first)
    expect(endText(ends[0]!)).toBe('service has ended by signal SIGKILL; it is started again')
    await expect.poll(answers, { timeout: 15_000 }).toBe(true)

    const second = kept.pid() ?? 0
    await kept.stop()

    expect([isAlive(first), isAlive(second), ends.length]).toEqual([false, false, 1])
  })

  it('is given up, with its last words, when it cannot even start', async () => {
    const ends: End[] = []
    const kept = keep(['demo-service', 'dance'], ends)

    await expect.poll(() => ends.at(-1)?.isGivenUp, { timeout: 25_000, interval: 100 }).toBe(true)

    expect(ends).toHaveLength(5)
    expect(ends[0]?.how).toMatch(/^exit code 1: "dance" is nothing that Ward OPS does/)
    await kept.stop()
  })
})
