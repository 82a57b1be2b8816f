import { isAbsolute, resolve } from 'node:path'
import { AttemptRefused, isReference, type AttemptWork } from '../../app/attempt-work.ts'
import type { AnyTarget } from '../../actions/targets.ts'
import type { Argument, Target } from '../../domain/plan.ts'
import type { EnvironmentBinding } from './bindings.ts'

/** An input with targets and secrets in place of their references, and which targets and secrets it holds. */
export interface ResolvedInput {
  readonly input: Readonly<Record<string, unknown>>
  readonly targets: readonly Target[]
  readonly secrets: readonly string[]
}

/** Fills what only this host knows. Throws {@link AttemptRefused} with the name of what is missing. */
export function resolveInput(
  work: AttemptWork,
  { binding, cwd }: { readonly binding: EnvironmentBinding; readonly cwd: string },
): ResolvedInput {
  const targets = new Map<string, Target>()
  const secrets = new Set<string>()

  function secret(name: string): string {
    const value = binding.secrets[name]
    if (value === undefined) {
      throw new AttemptRefused(
        `This worker has no binding for the secret ${name} in environment ${work.plan.environment}.`,
        'Add it to the bindings file of the worker (CUTOVER_BINDINGS) and try again.',
      )
    }
    secrets.add(value)
    return value
  }

  function target(name: string): AnyTarget {
    const known = work.plan.targets[name]
    if (!known) throw new AttemptRefused(`The plan has no target ${name}.`, 'Nothing was started.')
    targets.set(name, known)
    return locate(known, { secret, cwd })
  }

  function fill(value: Argument): unknown {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((part: Argument) => fill(part))
    if (isReference(value)) {
      if (value.$ === 'target') return target(value.name)
      if (value.$ === 'secret') return secret(value.name)
      throw new AttemptRefused(`$${value.step}.${value.fact} is not known.`, 'Nothing was started.')
    }
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part as Argument)]))
  }

  const input = Object.fromEntries(Object.entries(work.work.with).map(([name, value]) => [name, fill(value)]))
  return { input, targets: [...targets.values()], secrets: [...secrets] }
}

/** A target as an action sees it. */
export function locate(
  target: Target,
  { secret, cwd }: { readonly secret: (name: string) => string; readonly cwd: string },
): AnyTarget {
  const text = locatorText(target, secret)
  if (target.kind === 'sqlite') {
    return { name: target.name, kind: 'sqlite', path: isAbsolute(text) ? text : resolve(cwd, text) }
  }
  return {
    name: target.name,
    kind: 'postgres',
    url: text,
    ...(target.database === undefined ? {} : { database: target.database }),
  }
}

function locatorText(target: Target, secret: (name: string) => string): string {
  const { locator } = target
  if (typeof locator === 'string') return locator
  if (locator !== null && typeof locator === 'object' && !Array.isArray(locator)) {
    const reference = locator as Exclude<typeof locator, readonly Argument[]>
    if (isReference(reference) && reference.$ === 'secret') return secret(reference.name)
  }
  throw new AttemptRefused(`The target ${target.name} has no address.`, 'Nothing was started.')
}
