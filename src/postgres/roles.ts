import type { Pool, PoolClient } from 'pg'
import { asLogError } from './failures.ts'
import { inTransaction } from './transaction.ts'

/** The group roles of the log. `serve` logs in as the first; the login of each pool is in the second. */
export const ROLES = { serve: 'cutover_serve', worker: 'cutover_worker' } as const

/** The queue's own schema beside the log; both move jobs there, and neither changes its form. */
const QUEUE_SCHEMA = 'cutover_queue'

/**
 * What each role may do, by table: privileges as `grant` writes them. A table that is not here is closed to it. What a
 * pool writes is held to that pool by triggers.
 * @internal So that a test finds a table that nobody was given.
 */
export const GRANTS: { readonly [Role in keyof typeof ROLES]: { readonly [table: string]: string } } = {
  serve: {
    migration: 'select',
    installation: 'select, update (slack_team)',
    cutover: 'select, insert, update',
    event: 'select, insert',
    registry: 'select, insert',
    ticket: 'select, insert, update',
    outbox: 'select, insert, update (relayed_at)',
    progress: 'select, insert, update',
    output: 'select, delete',
    pool: 'select, delete',
    serve: 'select, insert, update',
    lease: 'select, insert, update',
    slack_effect: 'select, insert, update, delete',
    notice: 'select, insert, update, delete',
    login: 'select, insert, update, delete',
    contact: 'select, insert, update, delete',
  },
  worker: {
    migration: 'select',
    installation: 'select',
    cutover:
      'select, update (position, head, status, planned_start_ms, wake_at_ms, title, runbook, environment, live, channel_name)',
    event: 'select, insert',
    ticket: 'select, update (status, worker, changed_at, sight, unblock_asked_at)',
    progress:
      'select (attempt, done, total, unit, label, remaining, own), insert, update (done, total, unit, label, remaining, own, tail, sample, at)',
    output: 'select (attempt, chunk), insert, update (bytes)',
    pool: 'select, insert, update (worker, version, seen_at)',
    serve: 'select',
  },
}

/** Who may do what, for the table of roles that a person sees. */
export type RolesMade =
  | { readonly ok: true }
  /** This login may not make roles, and they are not there. */
  | { readonly ok: false; readonly login: string }

/** Makes the roles where they are missing, and gives each what it needs and no more. Run again, it mends. */
export function makeRoles(pool: Pool): Promise<RolesMade> {
  return inTransaction(pool, async (client) => {
    for (const role of Object.values(ROLES)) {
      if (await exists(client, role)) continue
      const { login, mayMakeRoles } = await whoami(client)
      if (!mayMakeRoles) return { ok: false, login }
      await makeRole(client, role)
    }
    await grantToRoles(client)
    return { ok: true }
  })
}

/** Gives the roles what they need, where they are there: a new table is closed to them until then. */
export async function grantToRoles(client: PoolClient): Promise<void> {
  for (const kind of ['serve', 'worker'] as const) {
    const role = ROLES[kind]
    if (!(await exists(client, role))) continue
    const grants = Object.entries(GRANTS[kind]).map(([table, privileges]) =>
      privilegesByKind(privileges)
        .map((one) => `grant ${one} on cutover.${table} to ${role};`)
        .join('\n'),
    )
    await client.query(
      [
        `grant connect on database ${client.escapeIdentifier(await databaseName(client))} to ${role};`,
        `grant usage on schema cutover to ${role};`,
        `revoke all on all tables in schema cutover from ${role};`,
        ...grants,
      ].join('\n'),
    )
    if (await schemaExists(client, QUEUE_SCHEMA)) await client.query(queueGrants(role))
  }
}

/** `select, update (a, b)` as one privilege each. */
function privilegesByKind(privileges: string): readonly string[] {
  return privileges.match(/\w+(?: \([^)]*\))?/g) ?? []
}

const queueGrants = (role: string): string =>
  [
    `grant usage on schema ${QUEUE_SCHEMA} to ${role};`,
    `grant select, insert, update, delete on all tables in schema ${QUEUE_SCHEMA} to ${role};`,
    `grant usage, select, update on all sequences in schema ${QUEUE_SCHEMA} to ${role};`,
    `revoke insert, update, delete on ${QUEUE_SCHEMA}.migration from ${role};`,
  ].join('\n')

const DUPLICATE: readonly string[] = ['42710', '23505']

/** Another database of the same server may make it at the same moment: roles belong to the server. */
async function makeRole(client: PoolClient, role: string): Promise<void> {
  await client.query('savepoint making_role')
  try {
    await client.query(`create role ${role} nologin`)
    await client.query('release savepoint making_role')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!DUPLICATE.includes(code)) throw asLogError(error)
    await client.query('rollback to savepoint making_role')
  }
}

export async function whoami(
  client: PoolClient,
): Promise<{ readonly login: string; readonly mayMakeRoles: boolean }> {
  const { rows } = await client.query<{ login: string; may: boolean }>(
    'select rolname as login, rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  )
  return { login: rows[0]?.login ?? '', mayMakeRoles: rows[0]?.may === true }
}

export async function exists(client: PoolClient, role: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
  return rowCount === 1
}

async function schemaExists(client: PoolClient, schema: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema])
  return rowCount === 1
}

async function databaseName(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  return rows[0]?.name ?? ''
}
