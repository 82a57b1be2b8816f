import type { ActionSpec } from '../../domain/catalogue.ts'
import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { Path } from '../source.ts'
import { WORK_KEYS, workKeysOf, workOf, writtenWork } from '../work.ts'
import type { PlacedWork, WrittenWork } from '../work.ts'
import { argumentFindings } from './arguments.ts'
import { literalFindings } from './literals.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'

/** Every piece of machine work is an action of the catalogue, of the right kind, with the parameters it takes. */
export function work(context: Context): Finding[] {
  return context.draft.steps
    .flatMap((step) => workOf(step))
    .flatMap((placed) => workFindings(context, placed))
}

function workFindings(context: Context, placed: PlacedWork): Finding[] {
  const { document, path, kind } = placed
  const keys = workKeysOf(document)
  if (keys.length !== 1) return [whatIsDone(context, placed, keys)]
  const stray = strayWith(context, placed)
  const written = writtenWork(document, path)
  if (written === undefined) return stray
  const spec = context.catalogue[written.uses]
  if (spec === undefined) return [...stray, unknownAction(context, kind, written)]
  if (!spec.kinds.includes(kind)) return [...stray, wrongKind(context, kind, written, spec)]
  return [
    ...stray,
    ...readOnlyCommand(context, placed, written),
    ...expectOfRun(context, placed, written),
    ...testsWithoutResults(context, written),
    ...estimatesOfParts(context, placed, spec),
    ...argumentsOf(context, placed, written, spec),
  ]
}

function argumentsOf(
  context: Context,
  { step }: PlacedWork,
  written: WrittenWork,
  spec: ActionSpec,
): Finding[] {
  const wrong = new Map(
    Object.entries(written.arguments).map(([name, value]) => {
      const parameter = spec.parameters[name]
      const argument = { step, name, value, path: written.argumentPath(name) }
      return [name, parameter === undefined ? [] : argumentFindings(context, { ...argument, parameter })]
    }),
  )
  // What is not even of the right type is not asked about again.
  const fitting = Object.entries(written.arguments).filter(([name]) => wrong.get(name)?.length === 0)
  const literals = literalFindings(context, { ...written, arguments: Object.fromEntries(fitting) }, spec)
  const found = [...parameterNames(context, written, spec), ...[...wrong.values()].flat()]
  // How arguments go together cannot be said where one is not known.
  return [...found, ...literals.filter(({ code }) => found.length === 0 || code === 'bad-argument')]
}

/** Only some actions tell one part of their work from the next. */
function estimatesOfParts(context: Context, { document, path }: PlacedWork, spec: ActionSpec): Finding[] {
  if (!('estimates' in document) || document.estimates === undefined || spec.hasParts === true) return []
  const fitting = Object.values(context.catalogue).flatMap(({ name, hasParts }) =>
    hasParts === true ? [`\`${name}\``] : [],
  )
  return [
    complainOfKey(context, [...path, 'estimates'], {
      code: 'estimates-without-parts',
      message: `"${spec.name}" does its work as a whole, so there is nothing to estimate one by one`,
      hint: `Write \`estimate\`, or use one of ${fitting.join(', ')}.`,
    }),
  ]
}

/** Whoever names tests believes that they are looked for. */
function testsWithoutResults(context: Context, { arguments: given, argumentPath }: WrittenWork): Finding[] {
  if (given['expect_tests'] === undefined || given['results'] !== undefined) return []
  return [
    complainOfKey(context, argumentPath('expect_tests'), {
      code: 'tests-without-results',
      message: 'tests are expected, and it is not said where their results are',
      hint: 'Add `results: { junit: FILE }`, `results: { tap: FILE }`, or `results: tap` for the output.',
    }),
  ]
}

function whatIsDone(context: Context, { kind, path }: PlacedWork, keys: readonly string[]): Finding {
  const usable = WORK_KEYS.filter((key) => (kind === 'run' ? RUN_KEYS.has(key) : key !== 'script'))
  return complain(context, path, {
    code: 'what-is-done',
    message:
      keys.length === 0
        ? `this ${kind} does not say what is done`
        : `this ${kind} says ${keys.join(' and ')}, and does one thing`,
    hint: `Write exactly one of ${usable.filter((key) => key !== 'metric').join(', ')}.`,
  })
}

const RUN_KEYS: ReadonlySet<string> = new Set(['uses', 'command', 'script'])

function strayWith(context: Context, { document, path }: PlacedWork): Finding[] {
  if (document.with === undefined || document.uses !== undefined) return []
  return [
    complainOfKey(context, [...path, 'with'], {
      code: 'what-is-done',
      message: '`with` belongs to `uses`, and there is none here',
      hint: 'Add `uses: ACTION`, or move the arguments.',
    }),
  ]
}

function unknownAction(context: Context, kind: 'run' | 'check', { uses, usesPath }: WrittenWork): Finding {
  const fitting = Object.values(context.catalogue)
    .filter((spec) => spec.kinds.includes(kind))
    .map(({ name }) => name)
  return complain(context, usesPath, {
    code: 'unknown-action',
    message: `no action is called "${uses}"`,
    hint: suggestion(uses, fitting),
  })
}

function wrongKind(
  context: Context,
  kind: 'run' | 'check',
  { uses, usesPath }: WrittenWork,
  spec: ActionSpec,
): Finding {
  const other = kind === 'run' ? 'check' : 'run'
  return complain(context, usesPath, {
    code: 'wrong-kind',
    message: `${uses} cannot be used by a ${kind}`,
    hint: spec.kinds.includes(other) ? `Make this step a \`${other}\`.` : 'Use another action.',
  })
}

/** An action of ours judges itself; only of a program is it looked at how it ended and what it printed. */
function expectOfRun(
  context: Context,
  { document, path, kind }: PlacedWork,
  { uses }: WrittenWork,
): Finding[] {
  if (kind !== 'run' || document.expect === undefined) return []
  if (uses !== 'command' && uses !== 'script') {
    return [
      complainOfKey(context, [...path, 'expect'], {
        code: 'expect-of-run',
        message: `${uses} judges its own outcome, so nothing would be held against this`,
        hint: 'Make a check after it that looks at what it left, with this `expect`.',
      }),
    ]
  }
  return Object.keys(document.expect)
    .filter((part) => !['exit', 'output', 'lines'].includes(part))
    .map((part) =>
      complainOfKey(context, [...path, 'expect', part], {
        code: 'expect-of-run',
        message: `a program that is run has no "${part}"`,
        hint: 'Of a run, `exit`, `output` and `lines` can be expected.',
      }),
    )
}

/** A check may be repeated at any time, so a command in it must say that it only looks. */
function readOnlyCommand(context: Context, { document, kind }: PlacedWork, written: WrittenWork): Finding[] {
  if (kind !== 'check' || written.uses !== 'command' || written.arguments['read_only'] === true) return []
  return [
    complain(context, [...written.usesPath.slice(0, -1), 'command'], {
      code: 'not-read-only',
      message: 'a check is repeated at will, and this command does not say that it only looks',
      hint:
        document.uses === undefined
          ? 'Add `read_only: true` if it changes nothing; otherwise make it a `run`.'
          : 'Add `read_only: true` to `with` if it changes nothing; otherwise make it a `run`.',
    }),
  ]
}

function parameterNames(context: Context, written: WrittenWork, spec: ActionSpec): Finding[] {
  const known = Object.keys(spec.parameters)
  const unknown = Object.keys(written.arguments)
    .filter((name) => !known.includes(name))
    .map((name) =>
      complainOfKey(context, written.argumentPath(name), {
        code: 'unknown-parameter',
        message: `${spec.name} takes no "${name}"`,
        hint: suggestion(name, known),
      }),
    )
  const missing = Object.entries(spec.parameters)
    .filter(([name, { required }]) => required && !(name in written.arguments))
    .map(([name, { description }]) =>
      missingParameter(context, written.usesPath, spec.name, name, description),
    )
  return [...unknown, ...missing]
}

const missingParameter = (
  context: Context,
  path: Path,
  action: string,
  name: string,
  description: string,
): Finding =>
  complain(context, path, {
    code: 'missing-parameter',
    message: `${action} needs "${name}"`,
    hint: `Add \`${name}:\` (${description.replace(/\.$/, '')}).`,
  })
