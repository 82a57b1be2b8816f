import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { fence, judge, readAttempt } from '../../src/process/evidence.ts'
import { attemptFolder } from '../../src/process/spool.ts'
import { discardAttempt, startRunner } from '../../src/process/start.ts'
import { aSpool, eventually, prepared } from '../process/support.ts'
import { T0 } from '../support/plans.ts'
import { Faults } from './faults.ts'
import { Host, type Verdict } from './host.ts'
import { makeRandom } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { noTrace } from './trace.ts'

const ATTEMPT = 'c1.copy.1'

/** A host as a worker meets it: what it does to an attempt, what it can see of it, and what happens to it. */
interface Machine {
  prepare(): Promise<unknown>
  start(): Promise<unknown>
  discard(): Promise<unknown>
  fence(): Promise<unknown>
  verdict(): Promise<Verdict>
  /** How often the program was started. */
  starts(): Promise<number>
  /** The runner is killed; with `program` the program as well. */
  kill(options: { readonly program: boolean }): Promise<unknown>
  /** Until what can be seen is this. */
  until(verdict: Verdict): Promise<unknown>
  /** As long as anything that was started needs to begin. */
  settle(): Promise<unknown>
}

async function simulated(): Promise<Machine> {
  const scheduler = new Scheduler(T0)
  const random = makeRandom(7)
  const calm = { kill: 0, freeze: 0, lose: 0, slow: 0, queue: 0, host: 0, slack: 0 }
  let starts = 0
  const watching = {
    started: () => {
      starts += 1
    },
    gone: () => undefined,
    signalled: () => undefined,
  }
  const host = new Host({ scheduler, random, faults: new Faults(random, calm), trace: noTrace, watching })
  const folder = () => host.folders.get(ATTEMPT)
  const verdict = (): Verdict => {
    const found = folder()
    return found === undefined ? 'never started' : host.judge(found)
  }
  const pass = (ms: number): Promise<void> => {
    const end = scheduler.now + ms
    scheduler.plan(ms, null, () => undefined)
    return scheduler.run(() => scheduler.now >= end)
  }
  return {
    prepare: async () => host.prepare(ATTEMPT, 'copy', false),
    start: async () => host.start(ATTEMPT),
    discard: async () => host.discard(ATTEMPT),
    fence: async () => {
      const found = folder()
      if (found !== undefined) host.fence(found)
    },
    verdict: async () => verdict(),
    starts: async () => starts,
    kill: async ({ program }) => {
      const found = folder()
      if (program) host.reboot()
      else if (found !== undefined) found.runner = 'dead'
    },
    async until(wanted) {
      for (let times = 0; verdict() !== wanted && times < 1000; times += 1) await pass(50)
      expect(verdict()).toBe(wanted)
    },
    settle: () => pass(150),
  }
}

async function real(): Promise<Machine> {
  const spool = await aSpool()
  const folder = attemptFolder(spool, ATTEMPT)
  const begun = join(spool.root, 'begun')
  const verdict = async (): Promise<Verdict> => {
    if (!existsSync(folder)) return 'never started'
    const { is } = await judge(folder, Date.now())
    return is === 'dead without result' || is === 'elsewhere' ? 'dead' : is
  }
  return {
    prepare: () =>
      prepared(['/bin/sh', '-c', `echo begun >> '${begun}'; sleep 1.5`], { spool, attempt: ATTEMPT }),
    start: () => startRunner(folder, { from: process.env }),
    discard: () => discardAttempt(folder),
    fence: () => fence(folder),
    verdict,
    starts: async () => (existsSync(begun) ? readFileSync(begun, 'utf8').trim().split('\n').length : 0),
    async kill({ program }) {
      const started = await eventually(async () => (await readAttempt(folder)).started)
      process.kill(started.runner.pid, 'SIGKILL')
      if (program) process.kill(-started.child.pid, 'SIGKILL')
    },
    until: (wanted) => eventually(async () => (await verdict()) === wanted),
    settle: () => sleep(300),
  }
}

describe.each([
  ['simulated', simulated],
  ['real', real],
] as const)('an attempt on a %s host', (_, start) => {
  let machine: Machine
  beforeEach(async () => {
    machine = await start()
    await machine.prepare()
  })

  test('is prepared once', async () => {
    expect(await machine.verdict()).toBe('not started')
    await expect(machine.prepare()).rejects.toThrow()
  })

  test('runs once to its end, however often it is started', async () => {
    await Promise.all([machine.start(), machine.start()])
    await machine.until('running')
    await machine.start()
    await machine.until('ended')
    await machine.start()
    await machine.settle()
    expect(await machine.starts()).toBe(1)
  })

  test('that was fenced off never starts', async () => {
    await machine.fence()
    await machine.start()
    await machine.settle()
    expect(await machine.verdict()).toBe('never started')
    expect(await machine.starts()).toBe(0)
  })

  test('that was discarded never starts', async () => {
    await machine.discard()
    await machine.start().catch(() => undefined)
    await machine.settle()
    expect(await machine.starts()).toBe(0)
  })

  test('outlives its runner, and then nobody knows how it ended', async () => {
    await machine.start()
    await machine.until('running')
    await machine.kill({ program: false })
    expect(await machine.verdict()).toBe('running')
    await machine.until('dead')
    expect(await machine.starts()).toBe(1)
  })

  test('that was killed with its runner is dead', async () => {
    await machine.start()
    await machine.until('running')
    await machine.kill({ program: true })
    await machine.until('dead')
  })
})
