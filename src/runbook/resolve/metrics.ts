import type { Measuring, Metric, Plan } from '../../domain/plan.ts'
import { afterId, baselineId } from '../metrics.ts'
import type { Runbook } from '../runbook.ts'
import type { Head } from '../schema/document.ts'

/** The metrics of a plan, and which of its steps measure them before and after. */
export function metricsOf({ head, steps }: Runbook): Plan['metrics'] {
  const known = new Set(steps.map(({ id }) => id))
  return Object.fromEntries(
    Object.entries(head.metrics ?? {}).map(([name, { unit, better }]): [string, Metric] => [
      name,
      {
        better: better ?? 'lower',
        ...(unit === undefined ? {} : { unit }),
        ...(known.has(baselineId(name)) ? { before: baselineId(name) } : {}),
        ...(known.has(afterId(name)) ? { after: afterId(name) } : {}),
      },
    ]),
  )
}

/** How a look at a metric reads its number. */
export function measuringOf(head: Head, name: string): Measuring {
  const { json, unit } = head.metrics?.[name] ?? {}
  return {
    name,
    ...(json === undefined ? {} : { path: json }),
    ...(unit === undefined ? {} : { unit }),
  }
}
