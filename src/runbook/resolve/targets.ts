import type { Identity, Plan, Target } from '../../domain/plan.ts'
import type { Runbook } from '../runbook.ts'
import type { EnvironmentDocument, IdentityDocument, TargetDocument } from '../schema/document.ts'
import { argumentOf } from './scope.ts'
import type { Values } from './scope.ts'

/** Every target where this environment has it, with the identity that it must show. */
export function resolveTargets(values: Values, environment: EnvironmentDocument): Plan['targets'] {
  return Object.fromEntries(
    Object.entries(values.head.targets ?? {}).map(([name, written]): [string, Target] => {
      const identity = environment.identity?.[name]
      return [
        name,
        {
          name,
          ...where(values, environment.targets?.[name] ?? written),
          ...(identity === undefined ? {} : { identity: identityOf(identity) }),
        },
      ]
    }),
  )
}

/** Of every environment that is live: what a rehearsal must not touch. */
export function liveIdentities({ head }: Runbook): Plan['liveIdentities'] {
  return Object.entries(head.environments).flatMap(([environment, { live, identity = {} }]) =>
    live === true
      ? Object.entries(identity).map(([target, written]) => ({
          environment,
          target,
          identity: identityOf(written),
        }))
      : [],
  )
}

function where(values: Values, written: TargetDocument): Omit<Target, 'name' | 'identity'> {
  if ('sqlite' in written) return { kind: 'sqlite', locator: argumentOf(values, written.sqlite) }
  return {
    kind: 'postgres',
    locator: argumentOf(values, written.postgres),
    ...(written.database === undefined ? {} : { database: written.database }),
  }
}

const identityOf = (written: IdentityDocument): Identity => ({
  ...(written.host === undefined ? {} : { host: written.host }),
  ...(written.database === undefined ? {} : { database: written.database }),
  ...(written.system_identifier === undefined ? {} : { systemIdentifier: String(written.system_identifier) }),
  ...(written.path === undefined ? {} : { path: written.path }),
  ...(written.marker === undefined
    ? {}
    : { marker: { query: written.marker.query, value: String(written.marker.value) } }),
})
