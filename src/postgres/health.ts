import type { Pool } from 'pg'
import { ask } from './ask.ts'
import { NOW_MS } from './columns.ts'
import { knownMigrations } from './migrate.ts'

/** What the server of the log says of itself, and what this login may do there. */
export interface LogHealth {
  /** `15.6`, and as a number: 150006. */
  readonly version: string
  readonly versionNumber: number
  readonly login: string
  readonly database: string
  /** It owns the log, or is a superuser: it could rewrite the record. */
  readonly ownsTheLog: boolean
  /** A standby takes no decisions. */
  readonly isStandby: boolean
  /** An acknowledged commit outlives a crash. */
  readonly isDurable: boolean
  readonly encoding: string
  /** The server's clock, in milliseconds, and how far off that may be. */
  readonly clockMs: number
}

/** What of our schema is there. Null: nothing of it. */
export interface SchemaHealth {
  /** The migrations that were applied. */
  readonly applied: readonly string[]
  readonly mayRead: boolean
  readonly mayAppend: boolean
  /** The pool that this login is of; null: it is that of `serve`, or of the owner. */
  readonly pool: string | null
}

/** Throws `LogUnavailable`. */
export async function lookAtServer(pool: Pool): Promise<LogHealth> {
  const { rows } = await ask<{
    version: string
    number: string
    login: string
    database: string
    owns: boolean
    standby: boolean
    durable: boolean
    encoding: string
    clock: string
  }>(
    pool,
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
            current_user as login, current_database() as database,
            (select rolsuper from pg_roles where rolname = current_user)
              or coalesce((select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'cutover'), false) as owns,
            pg_is_in_recovery() as standby,
            current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as durable,
            (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()) as encoding,
            ${NOW_MS}::text as clock`,
  )
  const row = rows[0]
  if (!row) throw new Error('the server answered nothing')
  return {
    version: row.version,
    versionNumber: Number(row.number),
    login: row.login,
    database: row.database,
    ownsTheLog: row.owns,
    isStandby: row.standby,
    isDurable: row.durable,
    encoding: row.encoding,
    clockMs: Number(row.clock),
  }
}

/** Throws `LogUnavailable`. */
export async function lookAtSchema(pool: Pool): Promise<SchemaHealth | null> {
  const there = await ask<{ there: boolean; usage: boolean | null }>(
    pool,
    `select to_regnamespace('cutover') is not null as there,
            has_schema_privilege(to_regnamespace('cutover')::oid, 'usage') as usage`,
  )
  if (there.rows[0]?.there !== true) return null
  if (there.rows[0].usage !== true) return { applied: [], mayRead: false, mayAppend: false, pool: null }
  const { rows } = await ask<{ read: boolean; append: boolean; migrations: boolean }>(
    pool,
    `select has_table_privilege('cutover.event', 'select') as read,
            has_table_privilege('cutover.event', 'insert') as append,
            has_table_privilege('cutover.migration', 'select') as migrations`,
  )
  const applied =
    rows[0]?.migrations === true
      ? (await ask<{ name: string }>(pool, 'select name from cutover.migration order by name')).rows
      : []
  return {
    applied: applied.map(({ name }) => name),
    mayRead: rows[0]?.read === true,
    mayAppend: rows[0]?.append === true,
    pool: applied.some(({ name }) => name === POOL_LOGINS) ? await poolOfLogin(pool) : null,
  }
}

/** The migration that made them. */
const POOL_LOGINS = '0007_pool_logins.sql'

async function poolOfLogin(pool: Pool): Promise<string | null> {
  const { rows } = await ask<{ pool: string | null }>(pool, 'select cutover.acting_pool() as pool')
  return rows[0]?.pool ?? null
}

/** What a newer version has made of the log's schema and this one does not know. Throws `LogUnavailable`. */
export async function newerMigrations(pool: Pool): Promise<readonly string[]> {
  const schema = await lookAtSchema(pool)
  const known = await knownMigrations()
  return (schema?.applied ?? []).filter((name) => !known.includes(name))
}
