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
export function makePoolLogin(log: Pool, pool: string, password: string): Promise<LoginMade> {
  return inTransaction(log, async (client) => {
    const login = poolLogin(pool)
    if (!(await exists(client, ROLES.worker))) return { ok: false, why: NOT_MIGRATED }
    const refused = await refusedToMakeLogins(client)
    if (refused !== null) return { ok: false, why: refused }
    const known = await client.query('select from cutover.pool_login where pool = $1 and login = $2', [
      pool,
      login,
    ])
    const isKnown = known.rowCount === 1
    if (!isKnown && (await exists(client, login))) {
      return {
        ok: false,
        why: `The server has a role ${login} already, and this log did not make it. Drop it if nobody uses it, or give the pool another name. Nothing was changed.`,
      }
    }
    const role = client.escapeIdentifier(login)
    const secret = client.escapeLiteral(scramVerifier(password))
    if (isKnown) {
      await client.query(`alter role ${role} login password ${secret}`)
      await endSessions(client, login)
      return { ok: true, login, what: 'rotated' }
    }
    await client.query(`create role ${role} login password ${secret} in role ${ROLES.worker}`)
    await client.query('insert into cutover.pool_login (login, pool) values ($1, $2)', [login, pool])
    return { ok: true, login, what: 'made' }
  })
}

/** Takes the login of a pool away, also from whoever is logged in with it. Null: it is gone; else why it is not. */
export function removePoolLogin(log: Pool, pool: string): Promise<string | null> {
  return inTransaction(log, async (client) => {
    const refused = await refusedToMakeLogins(client)
    if (refused !== null) return refused
    const { rows } = await client.query<{ login: string }>(
      'delete from cutover.pool_login where pool = $1 returning login',
      [pool],
    )
    const login = rows[0]?.login
    if (login === undefined) return `The pool ${pool} has no login of its own. Nothing was changed.`
    await client.query(`alter role ${client.escapeIdentifier(login)} nologin`)
    await endSessions(client, login)
    await client.query(`drop role ${client.escapeIdentifier(login)}`)
    return null
  })
}

/** Lets `serve` log in as its role, with this password. Null: it may; else why not. */
export function makeServeLogin(log: Pool, password: string): Promise<string | null> {
  return inTransaction(log, async (client) => {
    const refused = await refusedToMakeLogins(client)
    if (refused !== null) return refused
    await client.query(
      `alter role ${ROLES.serve} login password ${client.escapeLiteral(scramVerifier(password))}`,
    )
    return null
  })
}

async function refusedToMakeLogins(client: PoolClient): Promise<string | null> {
  const { login, mayMakeRoles } = await whoami(client)
  return mayMakeRoles
    ? null
    : `The login ${login} may not make roles. Run this as the owner of the log with CREATEROLE, or as a superuser. Nothing was changed.`
}

/** As far as this login may: whoever stays is refused at the next event by its trigger. */
async function endSessions(client: PoolClient, login: string): Promise<void> {
  await client.query('savepoint ending')
  try {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [login])
    await client.query('release savepoint ending')
  } catch {
    await client.query('rollback to savepoint ending')
  }
}
