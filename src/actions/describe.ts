import type { z } from 'zod'
import { z as zod } from 'zod'
import type { ActionSpec, ParameterSpec } from '../domain/catalogue.ts'
import { literalProblems } from './literal-problems.ts'
import type { OfferedAction } from './offer.ts'

/** What the runbook language must know about an action, read off its zod schemas. */
export function specOf(action: OfferedAction): ActionSpec {
  const parameters = Object.fromEntries(
    Object.entries(action.parameters).map(([name, schema]) => [name, parameterOf(schema)] as const),
  )
  return {
    name: action.name,
    kinds: action.kinds,
    summary: action.summary,
    mutating: action.mutating,
    ...(action.hasParts ? { hasParts: true } : {}),
    parameters,
    facts: action.facts,
    problems: (input) => literalProblems(action, parameters, input),
  }
}

function parameterOf(schema: z.ZodType): ParameterSpec {
  const layers = layersOf(schema)
  const said = Metadata.parse(Object.assign({}, ...layers.reverse().map((layer) => layer.meta() ?? {})))
  return {
    type: said.parameter ?? typeOf(layers[0]),
    ...(said.targets ? { targets: said.targets } : {}),
    required: !schema.safeParse(undefined).success,
    description: said.description,
  }
}

const Metadata = zod.object({
  parameter: zod
    .enum(['target', 'path', 'file', 'text', 'int', 'number', 'boolean', 'json', 'map', 'list'])
    .optional(),
  targets: zod.array(zod.enum(['sqlite', 'postgres'])).optional(),
  description: zod.string().default(''),
})

/** A schema and what it wraps, outermost first: `.optional()`, `.default()` and transforms hide the metadata. */
function layersOf(schema: z.ZodType): z.ZodType[] {
  const inner = innerOf(schema)
  return inner ? [schema, ...layersOf(inner)] : [schema]
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  const wrapped =
    schema instanceof zod.ZodOptional || schema instanceof zod.ZodDefault || schema instanceof zod.ZodNullable
      ? schema.unwrap()
      : schema instanceof zod.ZodPipe
        ? schema.in
        : undefined
  return wrapped instanceof zod.ZodType ? wrapped : undefined
}

function typeOf(schema: z.ZodType | undefined): ParameterSpec['type'] {
  if (schema instanceof zod.ZodNumber) return schema.format === 'safeint' ? 'int' : 'number'
  if (schema instanceof zod.ZodBoolean) return 'boolean'
  if (schema instanceof zod.ZodLiteral) return typeof schema.value === 'boolean' ? 'boolean' : 'text'
  if (schema instanceof zod.ZodString || schema instanceof zod.ZodEnum) return 'text'
  if (schema instanceof zod.ZodArray) return 'list'
  if (schema instanceof zod.ZodRecord) return 'map'
  return 'json'
}

/** One action as a section of `docs/actions.md`. */
export function documentationOf(action: OfferedAction): string {
  const spec = specOf(action)
  const effect = spec.kinds.includes('run')
    ? spec.mutating
      ? 'It changes things: a step that runs it needs `undo` or `irreversible`.'
      : 'It only adds: it needs no undo.'
    : 'It only looks.'
  const parameters = Object.entries(spec.parameters).map(
    ([name, { type, targets, required, description }]) =>
      `| \`${name}\` | ${targets ? `target (${targets.join(' or ')})` : type} | ${required ? 'yes' : 'no'} | ${description.replaceAll('|', String.raw`\|`)} |`,
  )
  const facts = Object.entries(spec.facts).map(([name, type]) => `\`${name}\` (${type})`)
  return [
    `## ${spec.name}`,
    '',
    `${spec.summary} ${effect}${spec.hasParts === true ? ' It has parts, each of which `estimates` may estimate.' : ''}`,
    '',
    `Used by: ${spec.kinds.map((kind) => `\`${kind}\``).join(', ')}`,
    '',
    '| parameter | type | required | meaning |',
    '|---|---|---|---|',
    ...parameters,
    '',
    `Facts: ${facts.length === 0 ? 'none' : facts.join(', ')}`,
    '',
  ].join('\n')
}
