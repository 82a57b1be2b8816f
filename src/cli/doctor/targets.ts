import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Pool } from 'pg'
import { ActionFailure } from '../../actions/action.ts'
import { connectPostgres } from '../../actions/pg/connect.ts'
import { CLIENT_TOOLS, clientMajor } from '../../actions/pg/client-tools.ts'
import { readIdentity } from '../../actions/pg/identity.ts'
import type { AnyTarget, PostgresTarget } from '../../actions/targets.ts'
import { AttemptRefused } from '../../app/attempt-work.ts'
import { ConfigError } from '../config.ts'
import { readBindings } from '../worker/bindings.ts'
import { locate } from '../worker/resolve-input.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import { ownRunbooks, targetsIn, type OwnRunbook } from './own-work.ts'
import type { Look, Place } from './place.ts'

/** Every database that a step of this pool may touch, in the environments that this worker knows. */
export const targets: Look = {
  title: 'Targets',
  async look(place) {
    const { bindings } = place
    if (bindings === null) return [bindingsUnread(place)]
    const own = ownRunbooks(place)
    if (own.length === 0) return [ok(`No runbook has a step in the pool ${place.pool ?? ''}`)]
    const pairs = own.flatMap((runbook) =>
      Object.keys(runbook.runbook.head.environments)
        .filter((environment) => environment in bindings.environments)
        .map((environment) => ({ ...runbook, environment })),
    )
    const located = inOnePlace(pairs.flatMap((pair) => locatedIn(pair, place)))
    const looked = await Promise.all(located.targets.map((target) => lookAt(target, place)))
    const findings = [
      ...unbound(own, place),
      ...missingSecrets(pairs, place),
      ...located.findings,
      ...looked.flat(),
    ]
    return findings.length > 0 ? findings : [ok('The environments of this worker name no target')]
  },
}

function bindingsUnread({ config }: Place): Finding {
  try {
    readBindings(config.CUTOVER_BINDINGS)
    return error('The bindings could not be read a moment ago.', 'Look again.')
  } catch (caught) {
    if (!(caught instanceof ConfigError)) throw caught
    return error(caught.message, 'CUTOVER_BINDINGS; docs/configuration.md, “The bindings file”.')
  }
}

/** A live environment without a binding starts nothing. */
function unbound(own: readonly OwnRunbook[], { bindings }: Place): readonly Finding[] {
  return own.flatMap(({ file, runbook }) =>
    Object.entries(runbook.head.environments)
      .filter(([name, { live }]) => live === true && !(name in (bindings?.environments ?? {})))
      .map(([name]) =>
        warning(
          `${file}: there is no binding for the live environment ${name}, so that none of its steps would start here.`,
          'Add it to the bindings file, with "live": true.',
        ),
      ),
  )
}

type Pair = OwnRunbook & { readonly environment: string }

function missingSecrets(pairs: readonly Pair[], { bindings }: Place): readonly Finding[] {
  return pairs.flatMap(({ file, runbook, environment }) => {
    const known = bindings?.environments[environment]?.secrets ?? {}
    const missing = (runbook.head.secrets ?? []).filter((name) => !(name in known))
    if (missing.length === 0) return []
    return [
      error(
        `${file}: ${environment} has no binding for ${missing.join(', ')}.`,
        'Add it to the bindings file of this worker; a step that needs it is refused.',
      ),
    ]
  })
}

interface Located {
  readonly environment: string
  readonly target: AnyTarget
  /** The client programs that steps of this pool use. */
  readonly tools: readonly string[]
}

function locatedIn({ file, runbook, work, environment }: Pair, place: Place): readonly (Located | Finding)[] {
  const secrets = place.bindings?.environments[environment]?.secrets ?? {}
  const tools = [...new Set(work.flatMap(({ uses }) => CLIENT_TOOLS[uses] ?? []))]
  return Object.values(targetsIn(runbook, environment)).flatMap((target): (Located | Finding)[] => {
    try {
      const secret = (name: string): string => {
        if (secrets[name] === undefined) throw new AttemptRefused(`no ${name}`, '')
        return secrets[name]
      }
      return [{ environment, target: locate(target, { secret, cwd: place.cwd }), tools }]
    } catch (caught) {
      if (!(caught instanceof AttemptRefused)) throw caught
      const declared = runbook.head.vars ?? {}
      const asked = Object.values(target.locator ?? {}).some((name) => String(name) in declared)
      // A secret that is not bound is told once for the whole environment.
      return asked
        ? [
            warning(
              `${file}: where ${target.name} is depends on a var that is asked for at the opening.`,
              'Look at it then.',
            ),
          ]
        : []
    }
  })
}

/** Several runbooks may have the same database. */
function inOnePlace(all: readonly (Located | Finding)[]) {
  const byPlace = new Map<string, Located>()
  const findings: Finding[] = []
  for (const one of all) {
    if ('health' in one) {
      findings.push(one)
      continue
    }
    const key = JSON.stringify([one.environment, { ...one.target, name: '' }])
    const known = byPlace.get(key)
    byPlace.set(key, { ...one, tools: [...new Set([...(known?.tools ?? []), ...one.tools])] })
  }
  return { targets: [...byPlace.values()], findings }
}

async function lookAt(located: Located, place: Place): Promise<readonly Finding[]> {
  const { environment, target } = located
  const name = `${environment}, ${target.name}`
  if (target.kind === 'sqlite') return [await sqliteFinding(name, target.path)]
  try {
    return await postgresFindings(name, { ...located, target }, place)
  } catch (caught) {
    if (!(caught instanceof ActionFailure)) throw caught
    return [error(`${environment}: ${caught.message}`, caught.hint)]
  }
}

async function sqliteFinding(name: string, path: string): Promise<Finding> {
  const may = (file: string, mode: number) =>
    access(file, mode).then(
      () => true,
      () => false,
    )
  if (await may(path, constants.R_OK)) return ok(`${name}: the SQLite file ${path} can be read`)
  if (await may(path, constants.F_OK))
    return error(
      `${name}: this user may not read ${path}.`,
      'Give the user of the worker the right to read it.',
    )
  return (await may(dirname(path), constants.R_OK))
    ? warning(
        `${name}: there is no file ${path} yet.`,
        'That is right if a step makes it; else correct the path.',
      )
    : error(
        `${name}: neither ${path} nor its folder is on this host.`,
        'Correct the path in the runbook, or mount the disk.',
      )
}

async function postgresFindings(
  name: string,
  { target, tools }: Located & { readonly target: PostgresTarget },
  { log, environment }: Place,
): Promise<readonly Finding[]> {
  const client = await connectPostgres(target, { attempt: 'doctor', statementTimeoutMs: 5000 })
  let server: string
  try {
    server =
      (await client.query<{ version: string }>(`select current_setting('server_version') as version`)).rows[0]
        ?.version ?? ''
  } finally {
    await client.end()
  }
  const seen = await readIdentity(target, 'doctor')
  const older = await Promise.all(
    tools.map(async (tool) => ({ tool, major: await clientMajor(tool, environment) })),
  )
  const serverMajor = Number.parseInt(server, 10)
  return [
    ok(`${name}: PostgreSQL ${server} at ${seen.host ?? ''}, database ${seen.database ?? ''}`),
    ...older
      .filter(({ major }) => major !== null && major < serverMajor)
      .map(({ tool, major }) =>
        error(
          `${name}: the server is a PostgreSQL ${serverMajor}, and ${tool} on the PATH is of version ${major ?? ''}.`,
          `Install the client programs of PostgreSQL ${serverMajor} (postgresql-client-${serverMajor}), or name their folder in \`tools\`.`,
        ),
      ),
    ...(log === null ? [] : await onTheLog(name, seen, log)),
  ]
}

async function onTheLog(
  name: string,
  seen: { readonly database?: string; readonly systemIdentifier?: string },
  log: Pool,
): Promise<readonly Finding[]> {
  const { rows } = await log
    .query<{ database: string; system: string }>(
      'select current_database() as database, (select system_identifier::text from pg_control_system()) as system',
    )
    .catch(() => ({ rows: [] }))
  const own = rows[0]
  if (own === undefined || own.system !== seen.systemIdentifier) return []
  if (own.database === seen.database)
    return [
      error(
        `${name} is the database of Cutover’s own log.`,
        'Keep the log on a server of its own; every step is refused there.',
      ),
    ]
  return [
    warning(
      `${name} is on the server of Cutover’s own log: what stops one stops the other.`,
      'Keep the log on a server of its own; a live cutover is refused.',
    ),
  ]
}
