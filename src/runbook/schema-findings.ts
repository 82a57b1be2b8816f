import type { z } from 'zod'
import { errorAt } from './finding.ts'
import type { Finding } from './finding.ts'
import { nearest } from './nearest.ts'
import type { Path, Source } from './source.ts'

type Issue = z.core.$ZodIssue

/** What the schemas say about a document, each with its place and what to write instead. */
export function schemaFindings(source: Source, error: z.ZodError): Finding[] {
  return error.issues.flatMap((issue) => findingsOf(source, issue, []))
}

function findingsOf(source: Source, issue: Issue, prefix: Path): Finding[] {
  const path = [...prefix, ...issue.path.map(asKey)]
  if (isMissing(source, issue, path)) return [missingKey(source, path)]
  if (issue.code === 'unrecognized_keys') return unknownKeys(source, issue, path)
  if (issue.code === 'invalid_key') return badKey(source, issue, path)
  if (issue.code === 'invalid_union' && !isComplaint(issue.message)) {
    const branch = likeliestBranch(issue.errors)
    if (branch !== undefined) return branch.flatMap((inner) => findingsOf(source, inner, path))
  }
  const { message, hint } = isComplaint(issue.message) ? split(issue.message) : plainComplaint(issue)
  return [errorAt(source.spot(path), { code: 'bad-value', message: `${named(path)}${message}`, hint })]
}

const asKey = (part: PropertyKey): string | number => (typeof part === 'number' ? part : String(part))

const isComplaint = (message: string): boolean => message.includes('\n')

function split(message: string): { readonly message: string; readonly hint: string } {
  const [first = '', ...rest] = message.split('\n')
  return { message: first, hint: rest.join(' ') }
}

/** `window.length: ` in front of a complaint about a value; list positions say nothing to a reader. */
function named(path: Path): string {
  const names = path.filter((part) => typeof part === 'string')
  return names.length > 0 ? `${names.slice(-2).join('.')}: ` : ''
}

function isMissing(source: Source, issue: Issue, path: Path): boolean {
  const key = path.at(-1)
  return (
    typeof key === 'string' &&
    issue.path.length > 0 &&
    issue.code !== 'unrecognized_keys' &&
    valueAt(source.value, path) === undefined
  )
}

function missingKey(source: Source, path: Path): Finding {
  const owner = path.slice(0, -1)
  return errorAt(source.spot(owner), {
    code: 'missing-key',
    message: `"${String(path.at(-1))}" is missing ${owner.length === 0 ? 'in the runbook' : 'here'}`,
    hint: `Add \`${String(path.at(-1))}:\`.`,
  })
}

function unknownKeys(
  source: Source,
  issue: Extract<Issue, { code: 'unrecognized_keys' }>,
  path: Path,
): Finding[] {
  const complaints = issue.message.split('\n\n')
  return issue.keys.map((key, index) =>
    errorAt(source.keySpot([...path, key]), {
      code: 'unknown-key',
      ...split(complaints[index] ?? `unknown key "${key}"\nRemove it.`),
    }),
  )
}

function badKey(source: Source, issue: Extract<Issue, { code: 'invalid_key' }>, path: Path): Finding[] {
  const inner = issue.issues[0]
  const { message, hint } =
    inner !== undefined && isComplaint(inner.message)
      ? split(inner.message)
      : { message: 'this name cannot be used', hint: 'Choose another.' }
  return [
    errorAt(source.keySpot(path), {
      code: 'bad-name',
      message: `"${String(path.at(-1))}": ${message}`,
      hint,
    }),
  ]
}

/** Words that decide which alternative of a union was meant; a branch that does not know them was not. */
const KIND_WORDS = new Set(
  'do check run decide tell watch one_of step confirm rehearsed metric ack sqlite postgres'.split(' '),
)

function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.toSorted((a, b) => implausibility(a) - implausibility(b))[0]
}

function implausibility(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + implausible(issue), 0)
}

function implausible(issue: Issue): number {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.reduce((sum, key) => sum + (KIND_WORDS.has(key) ? 1000 : 3), 0)
  if (issue.path.length === 0 && issue.code === 'invalid_type') return 500
  return issue.code === 'invalid_type' && issue.path.length === 1 ? 10 : 1
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
}

const TYPE_HINTS: Readonly<Record<string, string>> = {
  string: 'Put the text in quotes if YAML reads it as a number, a list or nothing.',
  boolean: 'Write true or false: YAML reads yes, no, on and off as texts.',
  array: 'Begin each entry with a dash, or write [a, b].',
}

function plainComplaint(issue: Issue): { readonly message: string; readonly hint: string } {
  switch (issue.code) {
    case 'invalid_type':
      return {
        message: `this must be ${EXPECTED[issue.expected] ?? issue.expected}`,
        hint: TYPE_HINTS[issue.expected] ?? 'Compare it with the language guide.',
      }
    case 'invalid_value': {
      const choices = issue.values.map(String)
      const meant = typeof issue.input === 'string' ? nearest(issue.input, choices) : undefined
      return {
        message: `this must be ${choices.join(', ')}`,
        hint: meant === undefined ? `Write one of ${choices.join(', ')}.` : `Did you mean "${meant}"?`,
      }
    }
    case 'too_small':
      return { message: 'this is empty', hint: 'Add at least one, or leave the key out.' }
    default:
      return { message: 'this value does not fit here', hint: 'Compare it with the language guide.' }
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  )
}
