import type { z } from 'zod'
import type { InputProblem, LiteralInput, ParameterSpec } from '../domain/catalogue.ts'
import type { OfferedAction } from './offer.ts'

/**
 * What is wrong with values that stand in a runbook as they are. Of a parameter in `referenced` only its presence
 * counts: so a refinement of a whole input compares no texts or numbers, only whether they are there, and choices.
 */
export function literalProblems(
  { parameters, input }: OfferedAction,
  specs: Readonly<Record<string, ParameterSpec>>,
  { literals, referenced }: LiteralInput,
): readonly InputProblem[] {
  const own = Object.entries(literals).flatMap(([parameter, value]) => {
    const issues = parameters[parameter]?.safeParse(value).error?.issues ?? []
    return [...new Set(issues.map(wordsOf))].map((message) => ({ parameter, message }))
  })
  if (own.length > 0) return own
  const standIns = referenced.flatMap((name) => {
    const spec = specs[name]
    return spec === undefined ? [] : [[name, standInOf(spec)]]
  })
  const whole = input.safeParse({ ...literals, ...Object.fromEntries(standIns) })
  return (whole.error?.issues ?? [])
    .filter(({ code, path }) => code === 'custom' && path.length === 0)
    .map(({ message }) => ({ message }))
}

/** Something of the type; that its form does not fit hides no refinement of the whole. */
function standInOf({ type, targets }: ParameterSpec): unknown {
  if (type === 'target')
    return targets?.includes('postgres') === false
      ? { name: 'target', kind: 'sqlite', path: 'target' }
      : { name: 'target', kind: 'postgres', url: 'target' }
  return STAND_INS[type]
}

const STAND_INS: Readonly<Record<Exclude<ParameterSpec['type'], 'target'>, unknown>> = {
  text: 'value',
  path: 'value',
  file: 'value',
  json: 'value',
  int: 1,
  number: 1,
  boolean: true,
  list: [],
  map: {},
}

type Issue = z.core.$ZodIssue

/** One line, as `size: must be at least 1`. */
function wordsOf(issue: Issue): string {
  const inner = issue.code === 'invalid_union' ? deepest(issue.errors) : undefined
  const at = issue.path.map(String).join('.')
  const words = inner === undefined ? ownWords(issue) : wordsOf(inner)
  return at === '' ? words : `${at}: ${words}`
}

/** The branch that was understood furthest is the one that was meant. */
const deepest = (branches: readonly (readonly Issue[])[]): Issue | undefined =>
  branches
    .map(([first]) => first)
    .filter((issue) => issue !== undefined)
    .toSorted(
      (a, b) => b.path.length - a.path.length || Number(b.code === 'custom') - Number(a.code === 'custom'),
    )[0]

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

function ownWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'it is missing'
        : `it must be ${KINDS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `it must be ${issue.values.map(String).join(' or ')}`
    case 'unrecognized_keys':
      return `nothing here is called ${issue.keys.map((key) => `"${key}"`).join(' or ')}`
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'it must not be empty'
        : `it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'string'
        ? `it must have at most ${issue.maximum} characters`
        : `it must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    default:
      return issue.message
  }
}
