import type { ParameterSpec, ValueType } from '../../domain/catalogue.ts'
import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { PlacedStep } from '../runbook.ts'
import type { JsonValue } from '../schema/primitives.ts'
import { typeOfText } from '../scope.ts'
import type { Typed } from '../scope.ts'
import type { Path } from '../source.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'
import { factInTime } from './facts.ts'

export interface WrittenArgument {
  readonly step: PlacedStep
  readonly name: string
  readonly value: JsonValue
  readonly parameter: ParameterSpec
  readonly path: Path
}

/** One argument against its parameter: targets by bare name, references of a type that fits, literals that fit. */
export function argumentFindings(context: Context, argument: WrittenArgument): Finding[] {
  const { value, parameter, path, name } = argument
  if (parameter.type === 'target') return targetArgument(context, argument)
  if (name === 'env') return environment(context, argument)
  if (typeof value === 'string') return textArgument(context, argument, value)
  if (Array.isArray(value) || (typeof value === 'object' && value !== null)) {
    return [...shape(context, argument), ...inner(context, argument)]
  }
  return fits(literalType(value), parameter.type)
    ? []
    : [illTyped(context, path, argument, literalType(value))]
}

/** Also used for what stands beside actions: `$name` inside lists and maps is a reference as well. */
function inner(context: Context, argument: WrittenArgument): Finding[] {
  const { value, path } = argument
  if (typeof value !== 'object' || value === null) return []
  const entries: [string | number, JsonValue][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value)
  return entries.flatMap(([key, item]) => {
    const nested = { ...argument, value: item, path: [...path, key] }
    if (typeof item !== 'string') return inner(context, nested)
    return referenceFindings(context, nested, typeOfText(context, item))
  })
}

function textArgument(context: Context, argument: WrittenArgument, value: string): Finding[] {
  const typed = typeOfText(context, value)
  const wrong = referenceFindings(context, argument, typed)
  if (wrong.length > 0 || typed.kind === 'unknowable' || !('type' in typed)) return wrong
  if (argument.parameter.type === 'file' && typed.kind !== 'literal') {
    return [
      complain(context, argument.path, {
        code: 'ill-typed',
        message: `"${argument.name}" is a file that is pinned with the runbook, and ${value} is known only later`,
        hint: 'Write the path of the file, relative to the runbook.',
      }),
    ]
  }
  return fits(typed.type, argument.parameter.type)
    ? []
    : [illTyped(context, argument.path, argument, typed.type)]
}

/** What is wrong with a reference wherever it stands. */
function referenceFindings(context: Context, argument: WrittenArgument, typed: Typed): Finding[] {
  const { path, name } = argument
  if (typed.kind === 'wrong')
    return [complain(context, path, { code: 'bad-reference', message: typed.message, hint: typed.hint })]
  if (typed.kind === 'target') {
    return [
      complain(context, path, {
        code: 'target-as-value',
        message:
          name === 'argv'
            ? `the target "${typed.name}" would stand in the process list of the host`
            : `"${name}" is no target, and a target is no value`,
        hint: `A target reaches a command by \`env: { target: ${typed.name} }\`, as PG* variables and a passfile.`,
      }),
    ]
  }
  if (typed.kind === 'secret' && name === 'argv') {
    return [
      complain(context, path, {
        code: 'secret-in-argv',
        message: `the secret ${typed.name} would stand in the process list of the host, for every user to read`,
        hint: `Pass it by \`env: { ${typed.name}: $${typed.name} }\`.`,
      }),
    ]
  }
  return typed.kind === 'fact' ? factInTime(context, argument.step, typed.step, path) : []
}

/** In `env`, the key `target` takes a bare target name; all else is a value. */
function environment(context: Context, argument: WrittenArgument): Finding[] {
  const { value, path } = argument
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [illTyped(context, path, argument, literalType(value))]
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const nested: WrittenArgument = { ...argument, name: key, value: item, path: [...path, key] }
    if (key === 'target') {
      const parameter = { ...argument.parameter, type: 'target', targets: ['sqlite', 'postgres'] } as const
      return targetArgument(context, { ...nested, parameter })
    }
    return typeof item === 'string' ? referenceFindings(context, nested, typeOfText(context, item)) : []
  })
}

function targetArgument(context: Context, { value, parameter, path, name }: WrittenArgument): Finding[] {
  const targets = context.draft.head.targets ?? {}
  if (typeof value !== 'string') {
    return [
      complain(context, path, {
        code: 'ill-typed',
        message: `"${name}" takes the name of a target`,
        hint: suggestion('', Object.keys(targets)),
      }),
    ]
  }
  const bare = value.replace(/^\$+/, '')
  const target = targets[bare]
  if (target === undefined) {
    if (context.draft.broken.has(bare)) return []
    return [
      complain(context, path, {
        code: 'unknown-target',
        message: `no target is called "${value}"`,
        hint: suggestion(bare, Object.keys(targets)),
      }),
    ]
  }
  if (bare !== value) {
    return [
      complain(context, path, {
        code: 'bad-reference',
        message: `"${name}" takes a target by its bare name`,
        hint: `Write \`${name}: ${bare}\`.`,
      }),
    ]
  }
  const kind = 'sqlite' in target ? 'sqlite' : 'postgres'
  if (parameter.targets === undefined || parameter.targets.includes(kind)) return []
  return [
    complain(context, path, {
      code: 'wrong-target-kind',
      message: `"${name}" takes a ${parameter.targets.join(' or ')} target, and "${bare}" is ${kind}`,
      hint: 'Name another target.',
    }),
  ]
}

function shape(context: Context, argument: WrittenArgument): Finding[] {
  const type = literalType(argument.value)
  const isFileList =
    argument.parameter.type === 'file' &&
    Array.isArray(argument.value) &&
    argument.value.every((item) => typeof item === 'string' && !item.startsWith('$'))
  return isFileList || fits(type, argument.parameter.type)
    ? []
    : [illTyped(context, argument.path, argument, type)]
}

function literalType(value: JsonValue): ValueType {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'number'
  if (Array.isArray(value)) return 'list'
  return value === null ? 'json' : 'map'
}

/** A value of the first type may stand where the second is asked for. */
function fits(given: ValueType, wanted: ParameterSpec['type']): boolean {
  if (given === wanted || wanted === 'json') return true
  if (wanted === 'number') return given === 'int'
  const textual: readonly string[] = ['text', 'path', 'file']
  return textual.includes(given) && textual.includes(wanted)
}

const SPOKEN: Readonly<Record<ValueType | 'target', string>> = {
  text: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  path: 'a path',
  file: 'a pinned file',
  json: 'a JSON value',
  map: 'a map',
  list: 'a list',
  target: 'a target',
}

const illTyped = (context: Context, path: Path, { name, parameter }: WrittenArgument, given: ValueType) =>
  complain(context, path, {
    code: 'ill-typed',
    message: `"${name}" takes ${SPOKEN[parameter.type]}, and this is ${SPOKEN[given]}`,
    hint: parameter.description,
  })
