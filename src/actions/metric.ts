import { z } from 'zod'
import type { Measuring } from '../domain/plan.ts'
import type { CheckResult } from './action.ts'
import { lookUp, numberOf } from './expect.ts'
import type { Check } from './looking.ts'

/** As read back from an attempt's request. */
export const MeasuringShape: z.ZodType<Measuring> = z.strictObject({
  name: z.string(),
  path: z.string().exactOptional(),
  unit: z.string().exactOptional(),
  baseline: z.number().exactOptional(),
})

/** A check as the measuring of a metric: its number becomes `value`, and the answer says it beside the baseline. */
export function measuring(check: Check, metric: Measuring | undefined): Check {
  if (metric === undefined) return check
  return async (context) => measured(metric, await check(context))
}

function measured(metric: Measuring, result: CheckResult): CheckResult {
  const number = result.green ? numberIn(result, metric.path) : undefined
  if (number === undefined) {
    const where = metric.path === undefined ? 'it is no number' : `no number at ${metric.path}`
    return {
      green: false,
      answer: result.green ? `${result.answer}: ${where}` : result.answer,
      facts: result.facts,
      measured: {},
    }
  }
  const { baseline } = metric
  const percent = baseline === undefined || baseline === 0 ? null : Math.round((100 * number) / baseline)
  return {
    green: true,
    answer: `${withUnit(number, metric)}${baselineText(metric, percent)}`,
    facts: { ...result.facts, value: number, ...(baseline === undefined ? {} : { baseline, percent }) },
    measured: { ...result.measured, value: number },
  }
}

function numberIn({ measured: seen }: CheckResult, path: string | undefined): number | undefined {
  if (path !== undefined) return numberOf(lookUp(documentIn(seen), path))
  return numberOf(seen.value ?? seen.output)
}

/** An answer over HTTP is read already; a program's is text. */
function documentIn(seen: CheckResult['measured']): unknown {
  if (seen.json !== undefined) return seen.json
  try {
    return JSON.parse(String(seen.output ?? seen.value))
  } catch {
    return undefined
  }
}

function baselineText(metric: Measuring, percent: number | null): string {
  if (metric.baseline === undefined) return ''
  const part = percent === null ? '' : `, ${percent} %`
  return ` (baseline ${withUnit(metric.baseline, metric)}${part})`
}

const withUnit = (number: number, { unit }: Measuring): string =>
  `${Math.round(number * 1000) / 1000}${unit === undefined ? '' : ` ${unit}`}`
