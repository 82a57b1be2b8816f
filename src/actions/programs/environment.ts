import type { ProgramPlace } from '../action.ts'
import { applicationNameOf } from '../application-name.ts'
import type { AnyTarget } from '../targets.ts'
import { targetEnvironment } from './target-environment.ts'

export type ProgramVariables = Readonly<Record<string, string | number | boolean | AnyTarget>>

/** What every program needs and what holds no secret; all else is named by the runbook. */
const INHERITED = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR)$/

/**
 * The whole environment of a program: a short list taken over from the worker, the plan's vars as `CUTOVER_VAR_NAME`,
 * what the runbook says in `env`, and a target as libpq's variables. Nothing else of the worker reaches it.
 */
export async function programEnvironment(
  variables: ProgramVariables | undefined,
  place: ProgramPlace,
): Promise<Record<string, string>> {
  const environment = { ...inheritedByPrograms(place.environment), ...place.runAs?.environment }
  for (const [name, value] of Object.entries(place.vars)) environment[variableOf(name)] = String(value)
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (typeof value === 'object') Object.assign(environment, await targetEnvironment(value, place.folder))
    else environment[name] = String(value)
  }
  // Last, so that no step can hide its sessions from the one who must end them.
  environment['PGAPPNAME'] = applicationNameOf(place.attempt)
  return environment
}

/** The part of the worker's own environment that programs get, directly or through the action process. */
export function inheritedByPrograms(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && INHERITED.test(name) ? [[name, value] as const] : [],
    ),
  )
}

/** `backup-folder` → `CUTOVER_VAR_BACKUP_FOLDER`. */
export function variableOf(name: string): string {
  return `CUTOVER_VAR_${name.toUpperCase().replaceAll('-', '_')}`
}
