import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { LogUnavailable } from '../../src/app/log-errors.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan, type PlanBuilder } from '../support/plans.ts'
import { chanceOf } from './support/chance.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault, isWhole } from './support/fault.ts'
import type { Rig } from './support/rig.ts'
import { hasBaseBackup, startStandby } from './support/standby.ts'

/** The recipe of DBOS: restarted every 5 to 10 s, away for up to 2 s, through a whole run. In `npm test` a short one. */
const RECIPE = isWhole
  ? { steps: 8, seconds: 4, everyMs: [5000, 10_000] }
  : { steps: 3, seconds: 1, everyMs: [1500, 2500] }
const AWAY_MS = [0, 2000] as const
const AGAIN_MS = 200
/** A leader that lost its log for a moment, a queue that reconnects, an attempt that is handed over once more. */
const RUN_WITHIN_MS = 240_000

function copies(count: number, how: number | string): PlanBuilder {
  let plan = aPlan()
  for (let n = 1; n <= count; n += 1) plan = plan.run(`copy-${n}`, effect(how))
  return plan
}

async function workedOnce(rig: Rig, cutover: string, count: number): Promise<void> {
  const effects = await rig.effects()
  for (let n = 1; n <= count; n += 1) expect(runsOf(effects, `${cutover}.copy-${n}`)).toEqual(['start end'])
}

/** A person who repeats what was not answered, with the same key, until it is. */
async function note(rig: Rig, cutover: string, text: string): Promise<void> {
  for (;;) {
    try {
      const outcome = await rig.say(cutover, { type: 'note', text }, person(ANA), {
        key: `${cutover}/${text}`,
      })
      expect(outcome.ok).toBe(true)
      return
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error
      await sleep(AGAIN_MS)
    }
  }
}

/** Notes, one after the other, for as long as `isOver` says no; gives their texts. */
async function decideMeanwhile(rig: Rig, cutover: string, isOver: () => boolean): Promise<readonly string[]> {
  const told: string[] = []
  while (!isOver()) {
    const text = `decision ${told.length + 1}`
    await note(rig, cutover, text)
    told.push(text)
    await sleep(AGAIN_MS)
  }
  return told
}

async function notesOf(rig: Rig, cutover: string): Promise<readonly string[]> {
  return (await rig.events(cutover)).flatMap((event) =>
    event.type === 'note added' ? [event.data.text] : [],
  )
}

fault(
  'T15',
  'the log’s PostgreSQL restarts all the time through a whole run',
  async (rig, trial) => {
    const chance = chanceOf(15)
    await rig.worker()
    const cutover = await rig.open(copies(RECIPE.steps, RECIPE.seconds))
    const last = `copy-${RECIPE.steps}`
    const over = new AbortController()
    const isOver = () => over.signal.aborted
    let restarts = 0
    const restarting = (async () => {
      while (!isOver()) {
        await sleep(chance.between(RECIPE.everyMs[0]!, RECIPE.everyMs[1]!))
        await rig.server.halt(restarts % 2 === 0 ? 'politely' : 'killed')
        await sleep(chance.between(...AWAY_MS))
        await rig.server.revive()
        restarts += 1
      }
    })()
    const deciding = decideMeanwhile(rig, cutover, isOver)
    try {
      await rig.until(cutover, ({ steps }) => steps[last]?.status === 'done', RUN_WITHIN_MS)
    } finally {
      over.abort()
      await restarting
    }

    const told = await deciding
    expect(await notesOf(rig, cutover)).toEqual(told)
    expect(restarts).toBeGreaterThan(1)
    trial.runs(restarts)
    await workedOnce(rig, cutover, RECIPE.steps)
  },
  { timeoutMs: RUN_WITHIN_MS + 60_000 },
)

fault('T15', 'every session of the log’s server is ended, four times', async (rig, trial) => {
  await rig.worker()
  const cutover = await rig.open(copies(3, 1))
  for (let time = 0; time < 4; time += 1) {
    await sleep(900)
    await rig.endSessions()
  }
  await rig.until(cutover, ({ steps }) => steps['copy-3']?.status === 'done', 90_000)
  trial.runs(4)
  await workedOnce(rig, cutover, 3)
})

/** Seen at every look while something is done; what the log could not say is not among them. */
async function statusesWhile(
  rig: Rig,
  cutover: string,
  { work, isOver }: { work: () => Promise<void>; isOver: (state: CutoverState) => boolean },
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const working = work()
  await rig.until(
    cutover,
    (state) => {
      for (const { status } of Object.values(state.attempts)) seen.add(status)
      return isOver(state)
    },
    60_000,
  )
  await working
  return seen
}

fault(
  'T17',
  'failover of the log to its synchronous standby while a step runs',
  async (rig) => {
    const { door } = rig
    if (door === undefined) throw new Error('this rig has no door')
    const standby = await startStandby(rig.server)
    rig.atLast(() => standby.stop())
    await rig.worker()
    const cutover = await rig.open(copies(2, 'failover'))
    await rig.running(cutover)
    await note(rig, cutover, 'before')

    const seen = await statusesWhile(rig, cutover, {
      async work() {
        await rig.server.halt('killed')
        // For a while the address leads to a server that still is a standby.
        door.leadTo(standby.port)
        await sleep(1500)
        await standby.promote()
        await note(rig, cutover, 'after')
        rig.letEnd('failover')
      },
      isOver: ({ steps }) => steps['copy-2']?.status === 'done',
    })
    expect([...seen]).not.toContain('unobserved')
    expect([...seen]).not.toContain('unknown')
    expect(await notesOf(rig, cutover)).toEqual(['before', 'after'])
    await workedOnce(rig, cutover, 2)
  },
  { hasDoor: true, takesMinutes: true, needs: hasBaseBackup, timeoutMs: 180_000 },
)

fault(
  'T18',
  'the log’s PostgreSQL is down when the command ends',
  async (rig) => {
    await rig.worker()
    const cutover = await rig.open(copies(1, 'ended-alone'))
    const attempt = await rig.running(cutover)
    await rig.server.halt('killed')
    rig.letEnd('ended-alone')
    const result = join(rig.folder, 'spool', 'attempts', attempt, 'rc.json')
    await expect.poll(() => existsSync(result), { timeout: 10_000 }).toBe(true)
    await sleep(isWhole ? 35_000 : 1000)
    expect(existsSync(result)).toBe(true)

    await rig.server.revive()
    const state = await rig.until(cutover, ({ steps }) => steps['copy-1']?.status === 'done', 40_000)
    expect(Object.values(state.attempts)).toMatchObject([{ status: 'ended', outcome: 'succeeded' }])
    await workedOnce(rig, cutover, 1)
  },
  { timeoutMs: 150_000 },
)
