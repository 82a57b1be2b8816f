import type { Pool, PoolClient } from 'pg'
import { exists, ROLES, whoami } from './roles.ts'
import { scramVerifier } from './scram.ts'
import { inTransaction } from './transaction.ts'

export type LoginMade =
  | { readonly ok: true; readonly login: string; readonly what: 'made' | 'rotated' }
  /** Why not, and what to do; nothing was changed. */
  | { readonly ok: false; readonly why: string }

export const poolLogin = (pool: string): string => `cutover_pool_${pool}`

const NOT_MIGRATED = 'The log has no roles yet: do `cutover migrate` first. Nothing was changed.'

/** Gives a pool its login, or the login another password; whoever is logged in with the old one is put out. */
export async function makePoolLogin(log: Pool, pool: string, password: string): Promise<LoginMade> {
  const made = await inTransaction(log, (client) => setPassword(client, pool, password))
  // Not before the new password counts: whoever is put out comes back at once.
  if (made.ok && made.what === 'rotated') await endSessions(log, made.login)
  return made
}

async function setPassword(client: PoolClient, pool: string, password: string): Promise<LoginMade> {
  const login = poolLogin(pool)
  if (!(await exists(client, ROLES.worker))) return { ok: false, why: NOT_MIGRATED }
  const refused = await refusedToMakeLogins(client)
  if (refused !== null) return { ok: false, why: refused }
  const role = client.escapeIdentifier(login)
  const secret = client.escapeLiteral(scramVerifier(password))
  const known = await client.query('select from cutover.pool_login where pool = $1', [pool])
  if (known.rowCount === 1) {
    await client.query(`alter role ${role} login password ${secret}`)
    return { ok: true, login, what: 'rotated' }
  }
  if (await exists(client, login)) {
    return {
      ok: false,
      why: `The server has a role ${login} already, and this log did not make it. Drop it if nobody uses it, or give the pool another name. Nothing was changed.`,
    }
  }
  await client.query(`create role ${role} login password ${secret} in role ${ROLES.worker}`)
  await client.query('insert into cutover.pool_login (login, pool) values ($1, $2)', [login, pool])
  return { ok: true, login, what: 'made' }
}

/**
 * Takes the login of a pool away, also from whoever is logged in with it. Null: it is gone; else why it is not. Run
 * again, it goes on where it was interrupted.
 */
export async function removePoolLogin(log: Pool, pool: string): Promise<string | null> {
  const login = poolLogin(pool)
  const refused = await inTransaction(log, async (client) => {
    const why = await refusedToMakeLogins(client)
    if (why !== null) return why
    const known = await client.query('select from cutover.pool_login where pool = $1', [pool])
    if (known.rowCount !== 1) return `The pool ${pool} has no login of its own. Nothing was changed.`
    await client.query(`alter role ${client.escapeIdentifier(login)} nologin`)
    return null
  })
  if (refused !== null) return refused
  await endSessions(log, login)
  await inTransaction(log, async (client) => {
    await client.query('delete from cutover.pool_login where pool = $1', [pool])
    await client.query(`drop role ${client.escapeIdentifier(login)}`)
  })
  return null
}

/** Lets `serve` log in as its role, with this password. Null: it may; else why not. */
export async function makeServeLogin(log: Pool, password: string): Promise<string | null> {
  const refused = await inTransaction(log, async (client) => {
    const why = await refusedToMakeLogins(client)
    if (why !== null) return why
    await client.query(
      `alter role ${ROLES.serve} login password ${client.escapeLiteral(scramVerifier(password))}`,
    )
    return null
  })
  if (refused === null) await endSessions(log, ROLES.serve)
  return refused
}

async function refusedToMakeLogins(client: PoolClient): Promise<string | null> {
  const { login, mayMakeRoles } = await whoami(client)
  return mayMakeRoles
    ? null
    : `The login ${login} may not make roles. Run this as the owner of the log with CREATEROLE, or as a superuser. Nothing was changed.`
}

/** Only a member of a role may end its sessions: for as long as that takes, we are one. */
function endSessions(log: Pool, login: string): Promise<void> {
  return inTransaction(log, async (client) => {
    const role = client.escapeIdentifier(login)
    const { rows } = await client.query<{ may: boolean }>(
      `select pg_has_role(oid, 'usage') as may from pg_roles where rolname = $1`,
      [login],
    )
    const mayAlready = rows[0]?.may === true
    if (!mayAlready) await client.query(`grant ${role} to current_user`)
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [login])
    if (!mayAlready) await client.query(`revoke ${role} from current_user`)
  })
}
