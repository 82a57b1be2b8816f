import { World, type Guards } from './world.ts'
import { Violation } from './border.ts'
import { makeTrace, noTrace } from './trace.ts'
import { takeOverClocks } from './clock.ts'
import { Scheduler } from './scheduler.ts'
import { T0 } from '../support/plans.ts'

/** What came of one seed. */
export interface Outcome {
  readonly seed: number
  /** The first promise that was broken, and how; absent: none. */
  readonly violation?: string
  readonly trace: readonly string[]
  readonly figures: Figures
}

export interface Figures {
  readonly faults: number
  readonly commits: number
  readonly programs: number
  readonly virtualMs: number
  readonly withSlack: boolean
  readonly end: string
}

export interface Options {
  /** Writes down what happens; slower. */
  readonly traced?: boolean
  readonly guards?: Partial<Guards>
  /** By default for every so many seeds: what is shown costs more than all the rest together. */
  readonly withSlack?: boolean
}

const SLACK_EVERY = 12

/** T-0 lies a little ahead of the opening. */
const BEGINS_BEFORE_MS = 15_000

/**
 * One cutover from its opening to its end, under everything that this seed has go wrong. The same seed does the same
 * thing, step by step.
 */
export async function simulate(
  seed: number,
  { traced = false, guards = {}, withSlack = seed % SLACK_EVERY === 0 }: Options = {},
): Promise<Outcome> {
  const began = T0 - BEGINS_BEFORE_MS
  const scheduler = new Scheduler(began)
  const giveBack = takeOverClocks(scheduler)
  const trace = traced ? makeTrace(() => scheduler.now - began) : noTrace
  const world = new World({ seed, scheduler, trace, guards, withSlack })
  try {
    await world.live()
    return { seed, trace: trace.lines, figures: world.figures() }
  } catch (error) {
    const violation =
      error instanceof Violation
        ? error.message
        : `an error of the simulated product: ${String(error instanceof Error ? error.stack : error)}`
    trace.say('oracle', () => violation)
    return { seed, violation, trace: trace.lines, figures: world.figures() }
  } finally {
    giveBack()
  }
}
