import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { EnvironmentDocument, TargetDocument, VarDocument } from '../schema/document.ts'
import { typeOfText } from '../scope.ts'
import type { Path } from '../source.ts'
import { compilePattern, readVar } from '../values/var.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'

/** Vars, targets and environments agree with each other and with their types. */
export function head(context: Context): Finding[] {
  const { vars, targets, environments } = context.draft.head
  return [
    ...Object.entries(vars ?? {}).flatMap(([name, declared]) => varFindings(context, name, declared)),
    ...Object.entries(targets ?? {}).flatMap(([name, target]) =>
      targetFindings(context, target, ['targets', name]),
    ),
    ...Object.entries(environments ?? {}).flatMap(([name, environment]) =>
      environmentFindings(context, environment, ['environments', name]),
    ),
    ...noEnvironment(context),
    ...channelName(context),
  ]
}

/** What a chat may fill in: nothing that decides where a command goes. */
const NEVER_ASKED: ReadonlySet<string> = new Set(['path', 'host', 'url'])

function varFindings(context: Context, name: string, declared: VarDocument): Finding[] {
  const path = ['vars', name]
  const asked =
    declared.ask === true && NEVER_ASKED.has(declared.type)
      ? [
          complain(context, [...path, 'ask'], {
            code: 'never-asked',
            message: `a ${declared.type} is never taken from chat`,
            hint: 'Give it a `default`, and other values under `environments`.',
          }),
        ]
      : []
  const values =
    (declared.type === 'enum') === (declared.values !== undefined)
      ? []
      : [
          complain(context, path, {
            code: 'bad-var',
            message:
              declared.type === 'enum'
                ? `the enum "${name}" has no choices`
                : `"${name}" lists choices and is a ${declared.type}`,
            hint: 'An enum, and only an enum, has `values: [a, b]`.',
          }),
        ]
  const pattern =
    declared.pattern !== undefined && compilePattern(declared.pattern) === undefined
      ? [
          complain(context, [...path, 'pattern'], {
            code: 'bad-var',
            message: 'this is no regular expression',
            hint: 'Write it as for JavaScript; it must match the whole value.',
          }),
        ]
      : []
  const value =
    declared.default === undefined || values.length > 0
      ? []
      : varValue(context, name, declared.default, [...path, 'default'])
  return [...asked, ...values, ...pattern, ...value]
}

function varValue(context: Context, name: string, value: string | number, path: Path): Finding[] {
  const declared = context.draft.head.vars?.[name]
  if (declared === undefined) return []
  const read = readVar(name, declared, value)
  return read.ok ? [] : [complain(context, path, { code: 'bad-var', message: read.message, hint: read.hint })]
}

function targetFindings(context: Context, target: TargetDocument, path: Path): Finding[] {
  const [key, written] = 'sqlite' in target ? ['sqlite', target.sqlite] : ['postgres', target.postgres]
  const at = [...path, key]
  const typed = typeOfText(context, written)
  if (typed.kind === 'wrong')
    return [complain(context, at, { code: 'bad-reference', message: typed.message, hint: typed.hint })]
  if (typed.kind === 'target' || typed.kind === 'fact') {
    return [
      complain(context, at, {
        code: 'bad-reference',
        message: `where a target is cannot depend on ${written}`,
        hint: 'Write it out, or use a var or a secret.',
      }),
    ]
  }
  return key === 'postgres' && typed.kind === 'literal' && hasPassword(written)
    ? [
        complain(context, at, {
          code: 'secret-in-text',
          message: 'the password in this URL would be in the repository, the log and every export',
          hint: 'Name it under `secrets`, write `postgres: $NAME` and bind it on the worker.',
        }),
      ]
    : []
}

function hasPassword(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== ''
}

function environmentFindings(context: Context, environment: EnvironmentDocument, path: Path): Finding[] {
  const { draft } = context
  const declaredIn = (section: 'vars' | 'audiences' | 'targets' | 'identity') => {
    const known = draft.head[section === 'identity' ? 'targets' : section] ?? {}
    return Object.keys(environment[section] ?? {}).flatMap((name) =>
      Object.hasOwn(known, name) || draft.broken.has(name)
        ? []
        : [
            complainOfKey(context, [...path, section, name], {
              code: 'unknown-name',
              message: `the runbook has no ${section === 'identity' ? 'target' : section.slice(0, -1)} "${name}"`,
              hint: suggestion(name, Object.keys(known)),
            }),
          ],
    )
  }
  const values = Object.entries(environment.vars ?? {}).flatMap(([name, value]) =>
    varValue(context, name, value, [...path, 'vars', name]),
  )
  const targets = Object.entries(environment.targets ?? {}).flatMap(([name, target]) => {
    const at = [...path, 'targets', name]
    const base = draft.head.targets?.[name]
    const changed = base !== undefined && 'sqlite' in base !== 'sqlite' in target
    return changed
      ? [
          complain(context, at, {
            code: 'wrong-target-kind',
            message: `"${name}" is ${'sqlite' in base ? 'SQLite' : 'PostgreSQL'} in the runbook and something else here`,
            hint: 'Steps are written for one kind: use another target.',
          }),
        ]
      : targetFindings(context, target, at)
  })
  return [
    ...declaredIn('vars'),
    ...declaredIn('audiences'),
    ...declaredIn('targets'),
    ...declaredIn('identity'),
    ...values,
    ...targets,
  ]
}

function noEnvironment(context: Context): Finding[] {
  const { environments } = context.draft.head
  if (environments === undefined || Object.keys(environments).length > 0) return []
  return [
    complain(context, ['environments'], {
      code: 'no-environment',
      message: 'without an environment there is nothing to open a cutover on',
      hint: 'Add one: `environments: { staging: {} }`; `live: true` makes it the real one.',
    }),
  ]
}

/** Names that may stand in the channel's name, which has no other logic. */
export const CHANNEL_VALUES = ['runbook', 'environment', 'date', 'id'] as const

function channelName(context: Context): Finding[] {
  const { channel } = context.draft.head
  if (channel === undefined) return []
  return [...channel.name.matchAll(/\{\{\s*([^}]*?)\s*\}\}/g)].flatMap(([, name = '']) =>
    CHANNEL_VALUES.some((known) => known === name)
      ? []
      : [
          complain(context, ['channel', 'name'], {
            code: 'unknown-name',
            message: `the name of a channel knows no {{${name}}}`,
            hint: suggestion(name, CHANNEL_VALUES),
          }),
        ],
  )
}
