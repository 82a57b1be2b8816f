import { setTimeout as pause } from 'node:timers/promises'
import type { Comparison, Expectations } from '../domain/plan.ts'
import type { ActionContext, CheckResult, Facts } from './action.ts'
import { ActionFailure } from './action.ts'
import type { Sample } from './attempt-folder.ts'
import { boundedNumber, judge } from './expect.ts'
import { count, duration } from './wording.ts'

/** What one look at a check gave. `failure` is set where the check could not look at all. */
export interface Look {
  readonly verdict: 'green' | 'red'
  readonly answer: string
  readonly facts: Facts
  /** The number that is bounded, and by what. */
  readonly bounded?: { readonly op: Comparison; readonly number: number }
  readonly failure?: ActionFailure
}

export type Check = (context: ActionContext) => Promise<CheckResult>

/** Looks once. A database that does not answer is a red look; a bug is thrown. */
export async function lookOnce(
  check: Check,
  context: ActionContext,
  expect: Expectations | undefined,
): Promise<Look> {
  try {
    const result = await check(context)
    const bounded = boundedNumber(expect, result)
    return { ...judge(expect, result), facts: result.facts, ...(bounded ? { bounded } : {}) }
  } catch (error) {
    if (context.signal.aborted || !(error instanceof ActionFailure)) throw error
    return { verdict: 'red', answer: error.message, facts: {}, failure: error }
  }
}

export interface Waiting {
  readonly withinMs: number
  readonly everyMs: number
  /** Id under which the samples stand. */
  readonly id: string
  readonly sample: (sample: Sample) => void
}

/** Looks again until it is green or the time is over; the last look counts. Each look shows as progress. */
export async function lookUntilGreen(
  check: Check,
  context: ActionContext,
  expect: Expectations | undefined,
  { withinMs, everyMs, id, sample }: Waiting,
): Promise<Look> {
  const began = performance.now()
  for (let looks = 1; ; looks += 1) {
    const look = await lookOnce(check, context, expect)
    const elapsedMs = performance.now() - began
    sample({ id, green: look.verdict === 'green', answer: look.answer })
    context.progress({
      done: Math.min(Math.round(elapsedMs / 1000), Math.round(withinMs / 1000)),
      total: Math.round(withinMs / 1000),
      unit: 's',
      label: `${count(looks, 'look')}, last: ${look.answer}`,
    })
    if (look.verdict === 'green') return look
    if (elapsedMs >= withinMs) {
      return { ...look, answer: `${look.answer}; still so after ${duration(withinMs)}` }
    }
    await pause(Math.min(everyMs, withinMs - elapsedMs), undefined, { signal: context.signal })
  }
}
