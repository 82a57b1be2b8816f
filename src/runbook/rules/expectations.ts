import type { Expectations } from '../../domain/plan.ts'
import type { Finding } from '../finding.ts'
import type { StepDocument, WatchCheckDocument } from '../schema/steps.ts'
import { typeOfText } from '../scope.ts'
import type { Path } from '../source.ts'
import { readReference } from '../values/reference.ts'
import { OF_BASELINE, expectationOf } from '../values/expectation.ts'
import type { ExpectedValue, ExpectationPart } from '../values/expectation.ts'
import { workOf } from '../work.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'
import { factInTime } from './facts.ts'
import type { PlacedStep } from '../runbook.ts'

/** Comparisons can be read, in units that fit; conditions name something that is known by then. */
export function expectations(context: Context): Finding[] {
  return context.draft.steps.flatMap((step) => [
    ...workOf(step).flatMap(({ document, path }) => [
      ...expectFindings(context, document.expect ?? {}, [...path, 'expect']),
      ...ofBaseline(context, document, [...path, 'expect']),
    ]),
    ...conditionFindings(context, step),
  ])
}

/** Only a metric has a baseline, and only where `baseline` names it. */
function ofBaseline(context: Context, document: MeasuringDocument, path: Path): Finding[] {
  return Object.entries(document.expect ?? {}).flatMap(([part, written]) => {
    if (typeof written !== 'string' || !OF_BASELINE.test(written)) return []
    const metric = document.measures
    const { baseline } = context.draft.head
    if (metric === undefined || part !== 'value') {
      return [
        complain(context, [...path, part], {
          code: 'no-baseline',
          message: 'only the value of a metric has a baseline',
          hint: 'Define the number under `metrics`, name it by `metric:`, and write `expect: { value: "< 200% of baseline" }`.',
        }),
      ]
    }
    if (baseline?.metrics.includes(metric) === true) return []
    return [
      complain(context, [...path, part], {
        code: 'no-baseline',
        message: `no baseline of "${metric}" is recorded`,
        hint: `Add it to the baseline: \`baseline: { metrics: [${[...(baseline?.metrics ?? []), metric].join(', ')}], at: T-30m }\`.`,
      }),
    ]
  })
}

type MeasuringDocument = Pick<WatchCheckDocument, 'expect' | 'measures'>

type WrittenExpect = NonNullable<Extract<StepDocument, { check: string }>['expect']>

function expectFindings(context: Context, expect: WrittenExpect, path: Path): Finding[] {
  return Object.entries(expect).flatMap(([part, written]) => {
    if (!isPart(part) || written === undefined) return []
    if (typeof written === 'object' && written !== null)
      return boundFindings(context, written.value, 'json', [...path, part, 'value'])
    return boundFindings(context, written, part, [...path, part])
  })
}

/** A value, or a var that holds one: then whatever an environment gives it has to read. */
function boundFindings(
  context: Context,
  written: ExpectedValue,
  part: ExpectationPart,
  path: Path,
): Finding[] {
  const reference = typeof written === 'string' ? readReference(written) : undefined
  if (reference?.kind !== 'name' && reference?.kind !== 'part')
    return expectedFindings(context, written, part, path)
  const { vars = {}, environments = {} } = context.draft.head
  const named = reference.kind === 'name' ? vars[reference.name] : undefined
  if (named === undefined || named.ask === true) {
    return [
      complain(context, path, {
        code: 'bad-reference',
        message: `${String(written)} is no var that is known when a cutover opens, so nothing can be held against it`,
        hint: 'Write the value itself, "> 100 MB", or a var without `ask` that holds it.',
      }),
    ]
  }
  const { name } = reference
  const values = [named.default, ...Object.values(environments).map((one) => one.vars?.[name])]
  return values.flatMap((value) => (value === undefined ? [] : expectedFindings(context, value, part, path)))
}

const PARTS: { readonly [Part in keyof Required<Expectations>]: true } = {
  rows: true,
  value: true,
  status: true,
  json: true,
  body: true,
  exit: true,
  output: true,
  lines: true,
  size: true,
  age: true,
}
const isPart = (name: string): name is ExpectationPart => Object.hasOwn(PARTS, name)

function expectedFindings(
  context: Context,
  written: ExpectedValue,
  part: ExpectationPart,
  path: Path,
): Finding[] {
  const parsed = expectationOf(written, part)
  return parsed.ok
    ? []
    : [complain(context, path, { code: 'bad-expectation', message: parsed.message, hint: parsed.hint })]
}

/** The left side of a condition is a var, `$environment` or a fact of an earlier step. */
function conditionFindings(context: Context, step: PlacedStep): Finding[] {
  return Object.entries(step.document.when ?? {}).flatMap(([name, written]) => {
    const path = [...step.path, 'when', name]
    const comparison = expectedFindings(context, written, 'value', path)
    const typed = typeOfText(context, name)
    switch (typed.kind) {
      case 'wrong':
        return [
          ...comparison,
          complainOfKey(context, path, { code: 'bad-reference', message: typed.message, hint: typed.hint }),
        ]
      case 'secret':
      case 'target':
      case 'literal':
        return [
          ...comparison,
          complainOfKey(context, path, {
            code: 'bad-reference',
            message: `${name} is no var, no fact and not $environment, so nothing can depend on it`,
            hint: 'Write `when: { $environment: production }` or `when: { $backup.bytes: "> 0" }`.',
          }),
        ]
      case 'fact':
        return [...comparison, ...factInTime(context, step, typed.step, path)]
      case 'fixed':
        return [...comparison, ...environmentNamed(context, typed.name, written, path)]
      default:
        return comparison
    }
  })
}

function environmentNamed(context: Context, name: string, written: ExpectedValue, path: Path): Finding[] {
  const environments = Object.keys(context.draft.head.environments ?? {})
  if (name !== 'environment' || typeof written !== 'string') return []
  if (environments.includes(written) || context.draft.broken.has(written)) return []
  return [
    complain(context, path, {
      code: 'unknown-environment',
      message: `no environment is called "${written}", so this step would never apply`,
      hint: `Environments: ${environments.join(', ')}.`,
    }),
  ]
}
