import type { Argument, Expectations, Work } from '../../domain/plan.ts'
import type { Head } from '../schema/document.ts'
import type { JsonValue } from '../schema/primitives.ts'
import type { WatchCheckDocument } from '../schema/steps.ts'
import { durationMs } from '../values/duration.ts'
import { expectationOf } from '../values/expectation.ts'
import type { ExpectedValue, ExpectationPart } from '../values/expectation.ts'
import { measuringOf } from './metrics.ts'
import { readReference } from '../values/reference.ts'
import type { VarValue } from '../values/var.ts'
import type { ActionCatalogue } from '../../domain/catalogue.ts'
import type { Expectation } from '../../domain/plan.ts'
import type { WrittenWork } from '../work.ts'

/** What `$name` means in one cutover. */
export interface Values {
  readonly head: Head
  readonly catalogue: ActionCatalogue
  readonly vars: Readonly<Record<string, VarValue>>
  readonly cutover: { readonly id: string; readonly stamp: string }
  readonly environment: string
}

/** Vars and what is fixed at opening become literals; secrets and facts stay references. */
export function argumentOf(values: Values, written: JsonValue): Argument {
  if (typeof written === 'string') return textArgument(values, written)
  if (Array.isArray(written)) return written.map((item) => argumentOf(values, item))
  if (typeof written !== 'object' || written === null) return written
  return Object.fromEntries(Object.entries(written).map(([key, item]) => [key, argumentOf(values, item)]))
}

function textArgument(values: Values, text: string): Argument {
  const written = readReference(text)
  switch (written.kind) {
    case 'text':
    case 'malformed':
      return written.text
    case 'part':
      return written.name === 'cutover'
        ? written.part === 'id'
          ? values.cutover.id
          : values.cutover.stamp
        : { $: 'fact', step: written.name, fact: written.part }
    case 'name':
      if (written.name === 'environment') return values.environment
      return values.vars[written.name] ?? { $: 'secret', name: written.name }
    default:
      return written satisfies never
  }
}

/** The work of a step; its arguments know which of them are targets. */
export function resolveWork(
  values: Values,
  written: WrittenWork,
  document: {
    readonly expect?: WatchCheckDocument['expect']
    readonly within?: string | undefined
    readonly every?: string | undefined
    readonly measures?: string | undefined
  },
): Work {
  const parameters = values.catalogue[written.uses]?.parameters ?? {}
  const given = Object.entries(written.arguments).map(([name, value]): [string, Argument] => {
    if (parameters[name]?.type === 'target' && typeof value === 'string')
      return [name, { $: 'target', name: value }]
    return [name, name === 'env' ? environmentOf(values, value) : argumentOf(values, value)]
  })
  return {
    uses: written.uses,
    with: Object.fromEntries(given),
    ...(document.expect === undefined ? {} : { expect: expectationsOf(values, document.expect) }),
    ...(document.within === undefined ? {} : { withinMs: durationMs(document.within) }),
    ...(document.every === undefined ? {} : { everyMs: durationMs(document.every) }),
    ...(document.measures === undefined ? {} : { metric: measuringOf(values.head, document.measures) }),
  }
}

function environmentOf(values: Values, written: JsonValue): Argument {
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    return argumentOf(values, written)
  return Object.fromEntries(
    Object.entries(written).map(([key, item]) => [
      key,
      key === 'target' && typeof item === 'string' ? { $: 'target', name: item } : argumentOf(values, item),
    ]),
  )
}

function expectationsOf({ vars }: Values, written: NonNullable<WatchCheckDocument['expect']>): Expectations {
  const { json, ...plain } = written
  const filled = (value: ExpectedValue): ExpectedValue => {
    const reference = typeof value === 'string' ? readReference(value) : undefined
    return reference?.kind === 'name' ? (vars[reference.name] ?? value) : value
  }
  const parts = Object.entries(plain).flatMap(([part, value]) =>
    value === undefined ? [] : [[part, read(filled(value), partOf(part))]],
  )
  return {
    ...Object.fromEntries(parts),
    ...(json === undefined ? {} : { json: { path: json.path, is: read(filled(json.value), 'json') } }),
  }
}

const COUNTED: readonly ExpectationPart[] = [
  'rows',
  'status',
  'body',
  'exit',
  'output',
  'lines',
  'size',
  'age',
]
const partOf = (name: string): ExpectationPart => COUNTED.find((part) => part === name) ?? 'value'

/** A validated expectation always reads. */
export function read(written: ExpectedValue, part: ExpectationPart): Expectation {
  const parsed = expectationOf(written, part)
  return parsed.ok ? parsed.expectation : { equals: written }
}
