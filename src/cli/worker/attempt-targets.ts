import { isReference, workOf } from '../../app/attempt-work.ts'
import type { PostgresTarget } from '../../actions/targets.ts'
import type { Argument, Plan } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import type { EnvironmentBinding } from './bindings.ts'
import { locate } from './resolve-input.ts'

export interface TargetPlace {
  readonly bindingOf: (environment: string) => EnvironmentBinding | undefined
  /** The worker's working folder. */
  readonly cwd: string
}

/** The PostgreSQL databases that an attempt was given, by name. */
export function databasesOf(
  state: CutoverState,
  attempt: string,
  place: TargetPlace,
): readonly PostgresTarget[] {
  const names = new Set<string>()
  const visit = (value: Argument): void => {
    if (value === null || typeof value !== 'object') return
    if (Array.isArray(value)) return value.forEach((part: Argument) => visit(part))
    if (isReference(value)) {
      if (value.$ === 'target') names.add(value.name)
      return
    }
    Object.values(value).forEach((part) => visit(part as Argument))
  }
  visit(workOf(state, attempt).work.with)
  return [...names].flatMap((name) => databaseOf(state.plan, name, place) ?? [])
}

/** Undefined: it is no PostgreSQL database, or this worker has no binding for it. */
export function databaseOf(
  plan: Plan,
  name: string,
  { bindingOf, cwd }: TargetPlace,
): PostgresTarget | undefined {
  const target = plan.targets[name]
  if (target?.kind !== 'postgres') return undefined
  const located = locate(target, {
    secret: (secret) => bindingOf(plan.environment)?.secrets[secret] ?? '',
    cwd,
  })
  return located.kind === 'postgres' && located.url !== '' ? located : undefined
}
