import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { EnvironmentDocument, VarDocument } from '../schema/document.ts'
import { readVar } from '../values/var.ts'
import type { VarValue } from '../values/var.ts'
import type { ToResolve } from './resolve-plan.ts'

export interface ResolvedVars {
  readonly findings: Finding[]
  readonly values: Readonly<Record<string, VarValue>>
}

/** The answer of the start modal, else the environment's value, else the default; by type and pattern. */
export function resolveVars(given: ToResolve, environment: EnvironmentDocument): ResolvedVars {
  const declared = given.runbook.head.vars ?? {}
  const findings = Object.keys(given.vars).flatMap((name) => strange(given, environment, { declared, name }))
  const values: Record<string, VarValue> = {}
  for (const [name, own] of Object.entries(declared)) {
    const asked = mayGive(given, own, environment) ? given.vars[name] : undefined
    // A field of the modal that was left empty asks for the default.
    const value = (asked === '' ? undefined : asked) ?? environment.vars?.[name] ?? own.default
    if (value === undefined) {
      findings.push(withoutValue(given, name, own))
      continue
    }
    const read = readVar(name, own, value)
    if (read.ok) values[name] = read.value
    else findings.push(complain(given, name, 'bad-var', read.message, read.hint))
  }
  return { findings, values }
}

const mayGive = ({ anyVar }: ToResolve, own: VarDocument, { live }: EnvironmentDocument): boolean =>
  own.ask === true || (anyVar === true && live !== true)

function strange(
  given: ToResolve,
  environment: EnvironmentDocument,
  { declared, name }: { readonly declared: Readonly<Record<string, VarDocument>>; readonly name: string },
): Finding[] {
  const own = declared[name]
  if (own === undefined) {
    const asked = Object.keys(declared).filter((known) => declared[known]?.ask === true)
    return [complain(given, name, 'unknown-var', `the runbook has no var "${name}"`, suggestion(name, asked))]
  }
  if (mayGive(given, own, environment)) return []
  return [
    complain(
      given,
      name,
      'never-asked',
      `the var "${name}" is not asked for, so nobody may give it a value from outside`,
      'Change it in the runbook, under `vars` or `environments`.',
    ),
  ]
}

const withoutValue = (given: ToResolve, name: string, own: VarDocument): Finding =>
  complain(
    given,
    name,
    'missing-var',
    `the var "${name}" has no value in ${given.environment}`,
    own.ask === true ? 'Give it one when opening.' : 'Give it a `default`, or a value in the environment.',
  )

const complain = (given: ToResolve, name: string, code: string, message: string, hint: string): Finding =>
  errorAt(given.runbook.source.keySpot(['vars', name]), { code, message, hint })
