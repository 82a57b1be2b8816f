import type { ActionSpec } from '../../domain/catalogue.ts'
import type { Finding } from '../finding.ts'
import type { JsonValue } from '../schema/primitives.ts'
import { readReference } from '../values/reference.ts'
import type { WrittenWork } from '../work.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'

/** What the action itself would say of the values that are known now: hours before it is run, not when it is. */
export function literalFindings(context: Context, written: WrittenWork, spec: ActionSpec): Finding[] {
  const known: [string, JsonValue][] = []
  const referenced: string[] = []
  for (const [name, value] of Object.entries(written.arguments)) {
    const literal = isNamed(name, spec) ? undefined : literalOf(value)
    if (literal === undefined) referenced.push(name)
    else known.push([name, literal])
  }
  return spec.problems({ literals: Object.fromEntries(known), referenced }).map(({ parameter, message }) =>
    parameter === undefined
      ? complain(context, written.usesPath, {
          code: 'bad-arguments',
          message: `${spec.name} would not begin: ${message}`,
          hint: 'Compare its parameters with docs/actions.md.',
        })
      : complain(context, written.argumentPath(parameter), {
          code: 'bad-argument',
          message: `${spec.name} does not take this as "${parameter}": ${message}`,
          hint: spec.parameters[parameter]?.description ?? 'Compare its parameters with docs/actions.md.',
        }),
  )
}

/** Names of targets and pinned files are no values; they have rules of their own. */
function isNamed(name: string, spec: ActionSpec): boolean {
  const type = spec.parameters[name]?.type
  return name === 'env' || type === 'target' || type === 'file'
}

/** Undefined when a reference is in it. */
function literalOf(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'string') {
    const read = readReference(value)
    return read.kind === 'text' ? read.text : undefined
  }
  if (Array.isArray(value)) {
    const items = value.map(literalOf)
    return items.every((item) => item !== undefined) ? items : undefined
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, literalOf(item)] as const)
  return entries.every(([, item]) => item !== undefined)
    ? Object.fromEntries(entries.flatMap(([key, item]) => (item === undefined ? [] : [[key, item]])))
    : undefined
}
