import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { ActionContext } from './action.ts'
import type { Outcome, Sample } from './attempt-folder.ts'
import { ExpectationsShape } from './expect.ts'
import { MeasuringShape } from './metric.ts'
import type { Check, Look } from './looking.ts'
import { lookOnce } from './looking.ts'
import { count } from './wording.ts'

/** Input of the built-in `watch`: several checks, looked at again and again for a time. */
export const WatchInput = z.strictObject({
  checks: z
    .array(
      z.object({
        id: z.string().min(1),
        title: z.string(),
        uses: z.string(),
        with: z.record(z.string(), z.unknown()),
        expect: ExpectationsShape.optional(),
        metric: MeasuringShape.optional(),
      }),
    )
    .min(1),
  forMs: z.number().nonnegative(),
  everyMs: z.number().positive(),
})
export type WatchInput = z.infer<typeof WatchInput>

export interface WatchedCheck {
  readonly id: string
  readonly title: string
  readonly check: Check
  readonly expect: WatchInput['checks'][number]['expect']
}

interface Standing {
  readonly last: Look
  /** The one farthest out, or nearest to its bound. */
  readonly worst: Look
  readonly samples: number
  readonly outOfBounds: number
}

/**
 * Looks at every check, then again each `everyMs`, until `forMs` have passed; the first look is at once and one
 * more is made at the end. Each look is a sample. Green when the last sample of every check is in bounds; how many
 * were not is a fact, so that a breach in between is not lost.
 */
export async function watch(
  checks: readonly WatchedCheck[],
  { forMs, everyMs }: Pick<WatchInput, 'forMs' | 'everyMs'>,
  context: ActionContext,
  sample: (sample: Sample) => void,
): Promise<Extract<Outcome, { verdict: unknown }>> {
  const began = performance.now()
  const standings = new Map<string, Standing>()
  for (;;) {
    const roundBegan = performance.now()
    for (const { id, check, expect } of checks) {
      const look = await lookOnce(check, context, expect)
      sample({ id, green: look.verdict === 'green', answer: look.answer })
      standings.set(id, next(standings.get(id), look))
    }
    const elapsedMs = performance.now() - began
    context.progress({
      done: Math.min(Math.round(elapsedMs / 1000), Math.round(forMs / 1000)),
      total: Math.round(forMs / 1000),
      unit: 's',
      label: standing(checks, standings),
    })
    if (elapsedMs >= forMs) return conclusion(checks, standings)
    const restMs = Math.max(0, everyMs - (performance.now() - roundBegan))
    await pause(Math.min(restMs, forMs - elapsedMs), undefined, { signal: context.signal })
  }
}

function next(before: Standing | undefined, look: Look): Standing {
  return {
    last: look,
    worst: before && !isWorse(look, before.worst) ? before.worst : look,
    samples: (before?.samples ?? 0) + 1,
    outOfBounds: (before?.outOfBounds ?? 0) + (look.verdict === 'red' ? 1 : 0),
  }
}

/** Out of bounds is worse than in bounds; of two alike, by the number that is bounded. */
function isWorse(look: Look, than: Look): boolean {
  if (look.verdict !== than.verdict) return look.verdict === 'red'
  if (!look.bounded || !than.bounded) return look.verdict === 'red'
  const { op, number } = look.bounded
  const worst = than.bounded.number
  return op === '>' || op === '>=' ? number < worst : number > worst
}

/** `12 looks, Errors 0.5 % (worst 0.9 %)`: what is seen while it goes on. */
function standing(checks: readonly WatchedCheck[], standings: ReadonlyMap<string, Standing>): string {
  const rows = checks.flatMap(({ id, title }) => {
    const seen = standings.get(id)
    if (!seen) return []
    const { last, worst } = seen
    return [`${title}: ${last.answer}${worst.answer === last.answer ? '' : ` (worst: ${worst.answer})`}`]
  })
  const looks = Math.max(0, ...[...standings.values()].map(({ samples }) => samples))
  return `${count(looks, 'look')}, ${rows.join('; ')}`
}

function conclusion(checks: readonly WatchedCheck[], standings: ReadonlyMap<string, Standing>) {
  const rows = checks.flatMap(({ id, title }) => {
    const standing = standings.get(id)
    return standing ? [{ id, title, ...standing }] : []
  })
  const red = rows.filter(({ last }) => last.verdict === 'red')
  const samples = rows.reduce((sum, row) => sum + row.samples, 0)
  const outOfBounds = rows.reduce((sum, row) => sum + row.outOfBounds, 0)
  const state =
    red.length === 0
      ? `${count(checks.length, 'check')} in bounds`
      : red.map(({ title, last }) => `${title}: ${last.answer}`).join('; ')
  const passed = rows.filter(({ last, outOfBounds: out }) => out > 0 && last.verdict === 'green')
  const worstText =
    passed.length === 0
      ? ''
      : `; worst ${passed.map(({ title, worst }) => `${title}: ${worst.answer}`).join('; ')}`
  return {
    verdict: red.length === 0 ? ('green' as const) : ('red' as const),
    answer: `${state}, ${outOfBounds} of ${count(samples, 'sample')} out of bounds${worstText}`,
    facts: {
      samples,
      outOfBounds,
      breached: rows.filter((row) => row.outOfBounds > 0).map(({ id }) => id),
      last: rows.map(({ title, last }) => `${title}: ${last.answer}`),
      worst: rows.map(({ title, worst }) => `${title}: ${worst.answer}`),
    },
  }
}
