import type { PlacedStep } from './runbook.ts'
import type { JsonValue } from './schema/primitives.ts'
import type { RunDocument, WatchCheckDocument } from './schema/steps.ts'
import type { Path } from './source.ts'

/** Keys that are short for `uses`: each names the action of the same name. */
const SHORT_FOR_MAP = ['sql', 'http', 'file', 'log'] as const
const SHORT_FOR_LINE = ['command', 'script'] as const
export const WORK_KEYS = ['uses', ...SHORT_FOR_MAP, ...SHORT_FOR_LINE, 'metric'] as const

/** Machine work as it is written, in terms of the catalogue: `sql: {…}` is `uses: sql`. */
export interface WrittenWork {
  readonly uses: string
  readonly arguments: Readonly<Record<string, JsonValue>>
  readonly usesPath: Path
  /** Where an argument stands. */
  readonly argumentPath: (name: string) => Path
}

type Worker = RunDocument | WatchCheckDocument | Extract<PlacedStep, { kind: 'check' }>['document']

/** The keys that say what is done; exactly one is right. */
export const workKeysOf = (document: Worker): string[] => WORK_KEYS.filter((key) => key in document)

/** None when it is not said what is done, or more than one thing is. */
export function writtenWork(document: Worker, path: Path): WrittenWork | undefined {
  const [key, ...others] = workKeysOf(document)
  if (key === undefined || key === 'metric' || others.length > 0) return undefined
  const given = 'uses' in document && document.uses !== undefined ? document.uses : key
  const own = ownArguments(document)
  const beside =
    key === 'sql' || key === 'http' || key === 'log' || key === 'file' ? {} : surroundings(document)
  return {
    uses: given,
    arguments: { ...own.values, ...beside },
    usesPath: [...path, key],
    argumentPath: (name) => (name in own.values ? [...path, ...own.at(name)] : [...path, name]),
  }
}

function ownArguments(document: Worker): {
  readonly values: Readonly<Record<string, JsonValue>>
  readonly at: (name: string) => Path
} {
  if (document.uses !== undefined) return { values: document.with ?? {}, at: (name) => ['with', name] }
  if (document.command !== undefined) {
    const readOnly = document.read_only === undefined ? {} : { read_only: document.read_only }
    return {
      values: { argv: document.command, ...readOnly },
      at: (name) => [name === 'argv' ? 'command' : name],
    }
  }
  if ('script' in document && document.script !== undefined)
    return { values: { file: document.script }, at: () => ['script'] }
  for (const key of SHORT_FOR_MAP) {
    const values = key in document ? Reflect.get(document, key) : undefined
    if (isArguments(values)) return { values, at: (name) => [key, name] }
  }
  return { values: {}, at: (name) => [name] }
}

const isArguments = (value: unknown): value is Record<string, JsonValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands beside `command` and `script` and is a parameter of them. */
const BESIDE = ['cwd', 'env', 'answers', 'tty', 'errors', 'results', 'expect_tests'] as const

function surroundings(document: Worker): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    BESIDE.flatMap((key) => {
      const value: JsonValue | undefined = key in document ? Reflect.get(document, key) : undefined
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** One piece of machine work of a step; a watch has one for each of its checks. */
export interface PlacedWork {
  readonly step: PlacedStep
  /** Id of the check inside a watch. */
  readonly check?: string
  readonly kind: 'run' | 'check'
  readonly document: Worker
  readonly path: Path
}

export function workOf(step: PlacedStep): PlacedWork[] {
  switch (step.kind) {
    case 'run':
    case 'check':
      return [{ step, kind: step.kind, document: step.document, path: step.path }]
    case 'watch':
      return step.document.checks.map((document, index) => ({
        step,
        check: document.id,
        kind: 'check',
        document,
        path: [...step.path, 'checks', index],
      }))
    default:
      return []
  }
}
