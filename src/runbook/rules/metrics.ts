import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { Criterion } from '../schema/steps.ts'
import type { Path } from '../source.ts'
import { fromStartMs, offsetOf } from '../values/offset.ts'
import { workOf } from '../work.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'

/** Each metric says one way in which it is measured; who names one names one that is there. */
export function metrics(context: Context): Finding[] {
  const { head, steps, phases } = context.draft
  const definitions = Object.keys(head.metrics ?? {}).flatMap((name) => definition(context, name))
  const baseline = (head.baseline?.metrics ?? []).flatMap((name, index) =>
    named(context, name, ['baseline', 'metrics', index]),
  )
  const looks = steps.flatMap((step) =>
    step.generated === true
      ? []
      : workOf(step).flatMap(({ document, path }) =>
          'metric' in document && document.metric !== undefined
            ? [
                ...named(context, document.metric, [...path, 'metric']),
                ...byHand(context, document.metric, path),
              ]
            : [],
        ),
  )
  const criteria = [
    ...unread(context, head.success ?? [], ['success']),
    ...unread(context, head.failure ?? [], ['failure']),
    ...phases.flatMap(({ checkpoint = [], path }) => unread(context, checkpoint, [...path, 'checkpoint'])),
    ...steps.flatMap((step) =>
      step.generated === true && step.kind === 'check' && step.document.metric !== undefined
        ? [
            ...named(context, step.document.metric, step.path),
            ...byHand(context, step.document.metric, step.path),
          ]
        : [],
    ),
  ]
  return [...definitions, ...baseline, ...baselineTime(context), ...looks, ...criteria]
}

/** What is measured once it has begun is nothing to compare with. */
function baselineTime(context: Context): Finding[] {
  const written = context.draft.head.baseline?.at
  const at = written === undefined ? undefined : offsetOf(written)
  if (at === undefined) return []
  const fromStart = fromStartMs(at)
  if (fromStart !== undefined && fromStart < 0) return []
  return [
    complain(context, ['baseline', 'at'], {
      code: 'late-baseline',
      message: 'a baseline is what it was before the cutover, and this is not before T-0',
      hint: 'Give it a time before T-0, like T-30m or T-5d.',
    }),
  ]
}

const WAYS = ['sql', 'http', 'command', 'ask'] as const

function definition(context: Context, name: string): Finding[] {
  const metric = context.draft.head.metrics?.[name] ?? {}
  const path = ['metrics', name]
  const ways = WAYS.filter((key) => metric[key] !== undefined)
  if (ways.length !== 1) {
    return [
      complainOfKey(context, path, {
        code: 'bad-metric',
        message:
          ways.length === 0
            ? `the metric "${name}" does not say how it is measured`
            : `the metric "${name}" says ${ways.join(' and ')}, and is measured in one way`,
        hint: 'Write one of `sql: { target, query }`, `http: { url }`, `command: [...]`, or `ask: true` for a number that a person enters.',
      }),
    ]
  }
  const stray = metric.env !== undefined && metric.command === undefined ? ['env'] : []
  const unread =
    metric.json !== undefined && (metric.sql !== undefined || metric.ask === true) ? ['json'] : []
  return [...stray, ...unread].map((key) =>
    complainOfKey(context, [...path, key], {
      code: 'bad-metric',
      message: `\`${key}\` means nothing for a metric measured by ${ways[0] ?? ''}`,
      hint: 'Remove it.',
    }),
  )
}

function named(context: Context, name: string, path: Path): Finding[] {
  const known = Object.keys(context.draft.head.metrics ?? {})
  if (known.includes(name) || context.draft.broken.has(name)) return []
  return [
    complain(context, path, {
      code: 'unknown-metric',
      message: `no metric is called "${name}"`,
      hint:
        known.length === 0
          ? 'Define it in the head: `metrics: { errors: { http: { url: … }, json: "$.error_rate" } }`.'
          : suggestion(name, known),
    }),
  ]
}

/** A machine cannot look at what only a person knows. */
function byHand(context: Context, name: string, path: Path): Finding[] {
  if (context.draft.head.metrics?.[name]?.ask !== true) return []
  return [
    complain(context, path, {
      code: 'asked-metric',
      message: `"${name}" is entered by a person, so nothing can look at it`,
      hint: 'Ask by a `do` with a field, or give the metric `sql`, `http` or `command`.',
    }),
  ]
}

/** What is left as a metric criterion here could not be made into a check. */
const unread = (context: Context, criteria: readonly Criterion[], path: Path): Finding[] =>
  criteria.flatMap((criterion, index) =>
    'metric' in criterion ? named(context, criterion.metric, [...path, index, 'metric']) : [],
  )
