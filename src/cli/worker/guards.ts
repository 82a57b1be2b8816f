import { ActionFailure } from '../../actions/action.ts'
import {
  identityDifferences,
  isIdentity,
  readIdentity,
  type SeenIdentity,
} from '../../actions/pg/identity.ts'
import type { AnyTarget } from '../../actions/targets.ts'
import { AttemptRefused } from '../../app/attempt-work.ts'
import type { Identity, Plan, Target } from '../../domain/plan.ts'
import type { Bindings } from './bindings.ts'
import { markerDifference } from './markers.ts'

/**
 * Looks at each target before a step that changes something: is it the one that was declared, is it no live one in
 * a rehearsal, is it not the log itself? Throws {@link AttemptRefused}; nothing was started then.
 */
export async function guardTargets(guard: {
  readonly plan: Plan
  readonly attempt: string
  readonly mutating: boolean
  readonly bindings: Bindings
  readonly targets: readonly { readonly declared: Target; readonly located: AnyTarget }[]
  /** What the log says of itself. */
  readonly log: SeenIdentity
  /** For the worker's log: doubtful, and not refused. */
  readonly warn: (message: string) => void
}): Promise<void> {
  requireRehearsalPlace(guard.plan, guard.bindings)
  for (const { declared, located } of guard.targets) {
    if (located.kind === 'postgres' || guard.mutating) await guardTarget(guard, declared, located)
  }
}

function requireRehearsalPlace(plan: Plan, bindings: Bindings): void {
  const live = bindings.environments[plan.environment]?.live
  if (!plan.live && live === true) {
    throw new AttemptRefused(
      `This is a rehearsal, and this worker knows the environment ${plan.environment} as live.`,
      'Nothing was started. Rehearse on an environment of its own.',
    )
  }
}

async function guardTarget(
  guard: Parameters<typeof guardTargets>[0],
  declared: Target,
  located: AnyTarget,
): Promise<void> {
  const seen = await look(located, guard.attempt)
  refuseTheLog(guard, located, seen)
  if (!guard.mutating) return
  const byMarker = await markerDifference(located, declared.identity?.marker, guard.attempt)
  const differences = [
    ...(declared.identity ? identityDifferences(declared.identity, seen) : []),
    ...(byMarker === null ? [] : [byMarker]),
  ]
  if (differences.length > 0) {
    throw new AttemptRefused(
      `The target ${declared.name} is not the database that the runbook declares: ${differences.join('; ')}.`,
      'Nothing was started. Correct the binding or the runbook\u2019s identity, whichever is wrong.',
    )
  }
  if (!guard.plan.live) await refuseLiveIdentity(guard, { declared, located, seen })
}

async function look(located: AnyTarget, attempt: string): Promise<SeenIdentity> {
  try {
    return await readIdentity(located, attempt)
  } catch (error) {
    if (error instanceof ActionFailure) throw new AttemptRefused(error.message, error.hint)
    throw error
  }
}

function refuseTheLog(
  { log, plan, warn }: Pick<Parameters<typeof guardTargets>[0], 'log' | 'plan' | 'warn'>,
  located: AnyTarget,
  seen: SeenIdentity,
): void {
  if (located.kind !== 'postgres' || seen.systemIdentifier !== log.systemIdentifier) return
  if (seen.database === log.database) {
    throw new AttemptRefused(
      `The target ${located.name} is the database of Cutover\u2019s own log.`,
      'Nothing was started. Keep the log on a server of its own.',
    )
  }
  if (plan.live) {
    throw new AttemptRefused(
      `The target ${located.name} is on the server of Cutover\u2019s own log; what stops one would stop the other.`,
      'Nothing was started. A live cutover needs its log on another server.',
    )
  }
  warn(`the target ${located.name} is on the server of the log; a live cutover would be refused`)
}

/** Where a live identity names a marker, only a database that bears it is that one: a copy on the same server is not. */
async function refuseLiveIdentity(
  { plan, bindings, attempt }: Pick<Parameters<typeof guardTargets>[0], 'plan' | 'bindings' | 'attempt'>,
  {
    declared,
    located,
    seen,
  }: { readonly declared: Target; readonly located: AnyTarget; readonly seen: SeenIdentity },
): Promise<void> {
  const bound = Object.entries(bindings.environments).flatMap(([environment, { live, identity }]) =>
    live ? Object.values(identity).map((one) => ({ environment, identity: known(one) })) : [],
  )
  for (const { environment, identity } of [...plan.liveIdentities, ...bound]) {
    const { marker, ...parts }: Identity = identity
    const isNamed = Object.keys(parts).length > 0
    const fits = isNamed ? isIdentity(parts, seen) : marker !== undefined
    if (!fits || (await markerDifference(located, marker, attempt)) !== null) continue
    throw new AttemptRefused(
      `This is a rehearsal, and the target ${declared.name} is a database of the live environment ${environment}.`,
      'Nothing was started. Correct the binding of the rehearsal\u2019s environment.',
    )
  }
}

function known(identity: { readonly [part: string]: string | undefined }): SeenIdentity {
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined))
}
