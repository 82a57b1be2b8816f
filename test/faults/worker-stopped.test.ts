import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { aPlan, ANA, type PlanBuilder } from '../support/plans.ts'
import { person } from '../support/cutover.ts'
import { blockEventLoop } from '../support/inspector.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { startDoor, through } from './support/door.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault, isWhole } from './support/fault.ts'
import type { Rig } from './support/rig.ts'

/** Three times the 15 s for which a worker's lock on a job holds; in `npm test` a moment. */
const STALL_MS = isWhole ? 46_000 : 3000

const copies = (name: string): PlanBuilder => aPlan().run('copy', effect(name))

/** The worker does nothing for a while, in the middle of a step; then it is as if nothing had been. */
async function stalls(
  rig: Rig,
  { worker, stall }: { readonly worker: WorkerProcess; readonly stall: () => Promise<void> },
): Promise<void> {
  const name = `stalled-${worker.pid}`
  const cutover = await rig.open(copies(name))
  const attempt = await rig.running(cutover)
  await stall()
  rig.letEnd(name)

  const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(Object.keys(state.attempts)).toEqual([attempt])
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
}

fault(
  'T04',
  'SIGSTOP of the worker for three locks while a step runs',
  async (rig) => {
    const worker = await rig.worker()
    await stalls(rig, {
      worker,
      async stall() {
        worker.pause()
        await sleep(STALL_MS)
        worker.resume()
      },
    })
  },
  { timeoutMs: 150_000 },
)

fault(
  'T07',
  'the event loop of the worker blocked for three locks while a step runs',
  async (rig) => {
    const worker = await rig.worker({ node: ['--inspect=127.0.0.1:0'] })
    await stalls(rig, { worker, stall: () => blockEventLoop(worker.output(), STALL_MS) })
  },
  { timeoutMs: 150_000 },
)

// A claim is not taken from a process that is alive: it may go on in the middle of a report.
fault('T04', 'a stopped worker that has the spool, and another one that waits for it', async (rig) => {
  const stopped = await rig.worker()
  const other = await rig.worker()
  const cutover = await rig.open(copies('waited-for'))
  const attempt = await rig.running(cutover)
  stopped.pause()
  // The other one is there and well; but as long as it does not look at this attempt, nobody does.
  await unseenForHalfAMinute(rig)
  const unseen = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'unknown')
  expect(unseen.attempts[attempt]?.status).toBe('unobserved')
  await expect.poll(() => other.output(), { timeout: 20_000 }).toContain(`kill -9 ${stopped.pid}`)

  await stopped.kill()
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'active')
  rig.letEnd('waited-for')
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})

fault('T05', 'SIGSTOP of the worker between claim and spawn, until its claim was taken back', async (rig) => {
  const door = await startDoor(rig.targetServer.port)
  try {
    const first = await rig.worker()
    door.shut()
    const main = { name: 'main', kind: 'postgres', locator: through(rig.target, door) } as const
    const cutover = await rig.open(copies('fenced').with({ targets: { main } }))
    // It has claimed the attempt and looks at the target.
    await door.knocked()
    first.pause()
    await claimedLongAgo(rig)
    await rig.until(cutover, ({ attempts }) => Object.values(attempts)[0]?.status === 'revoked')
    door.open()
    await rig.worker()
    await expect.poll(async () => (await rig.effects()).length, { timeout: 20_000 }).toBeGreaterThan(0)
    first.resume()
    // It asks for the spawn and is refused, or has waited too long for the target and gives up.
    await sleep(2000)
    rig.letEnd('fenced')

    const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(Object.values(state.attempts).map(({ status }) => status)).toEqual(['revoked', 'ended'])
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
    expect((await rig.effects()).map(({ attempt }) => attempt)).not.toContain(`${cutover}.copy.1`)
  } finally {
    await door.stop()
  }
})

/** As if half a minute had passed: by the log's clock, which is the one that counts. */
async function claimedLongAgo({ pool }: Rig): Promise<void> {
  await pool.query(
    `update cutover.ticket set changed_at = now() - interval '31 seconds' where status = 'claimed'`,
  )
}

async function unseenForHalfAMinute({ pool }: Rig): Promise<void> {
  await pool.query(`update cutover.pool set seen_at = now() - interval '31 seconds'`)
}

/** The spawn was authorised, and the worker is stopped before it hears of it. */
async function stoppedBeforeExec(
  rig: Rig,
  name: string,
): Promise<{ readonly cutover: string; readonly attempt: string; readonly worker: WorkerProcess }> {
  const door = await startDoor(Number(new URL(rig.url).port))
  const worker = await rig.worker({ url: through(rig.url, door) })
  rig.atEnd(() => door.stop())
  const authorised = door.holdAnswerToCommitOf('attempt spawning')
  const cutover = await rig.open(copies(name))
  await authorised
  worker.pause()
  door.open()
  const state = await rig.until(cutover, () => true)
  const [attempt = ''] = Object.keys(state.attempts)
  expect(state.attempts[attempt]?.status).toBe('spawning')
  return { cutover, attempt, worker }
}

// Ten minutes of silence are the same to the log as half a minute: its row says since when the host was not seen.
fault(
  'T06',
  'SIGSTOP of the only worker between the authorised spawn and its exec',
  async (rig) => {
    const { cutover, attempt, worker } = await stoppedBeforeExec(rig, 'late')
    await unseenForHalfAMinute(rig)
    const unseen = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'unknown')
    expect(unseen.attempts[attempt]?.status).toBe('unobserved')
    await sleep(isWhole ? 40_000 : 1000)
    expect(Object.keys((await rig.until(cutover, () => true)).attempts)).toEqual([attempt])
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual([])

    worker.resume()
    rig.letEnd('late')
    await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
  },
  { timeoutMs: 150_000 },
)

// The row says "after CONT 1x". With another worker on that host it is fenced instead, and a person may try again.
fault('T06', 'the same with another worker on that host: it is fenced off and never starts', async (rig) => {
  const { cutover, attempt, worker } = await stoppedBeforeExec(rig, 'fenced-off')
  // What a supervisor does with a folder that was left behind for a minute; the claim on the spool is still the
  // stopped one's, so it is done by hand here.
  expect(await rig.fence(attempt)).toBe(true)
  worker.resume()

  const refused = await rig.until(cutover, ({ attempts }) => attempts[attempt]?.status === 'refused')
  expect(refused.steps['copy']?.status).toBe('failed')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual([])

  rig.letEnd('fenced-off')
  await rig.does(cutover, { type: 'retry', step: 'copy', reason: 'it never started' }, person(ANA))
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})
