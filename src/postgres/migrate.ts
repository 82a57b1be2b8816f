import { readdir, readFile } from 'node:fs/promises'
import type { Pool, PoolClient } from 'pg'
import { LogRefused } from '../app/log-errors.ts'
import { LOCKS } from './locks.ts'
import { grantToRoles } from './roles.ts'
import { rebuildSummaries } from './summaries.ts'
import { inTransaction } from './transaction.ts'

const MIGRATIONS = new URL('../../src/postgres/migrations/', import.meta.url)

/**
 * Brings the schema `cutover` up to date. Several processes may do it at the same moment; says what was applied. A login
 * that may not change the schema finds it up to date, or is told what is missing. Throws `LogRefused`.
 */
export async function migrate(pool: Pool): Promise<readonly string[]> {
  const migrations = await readMigrations()

  return inTransaction(pool, async (client) => {
    const { applied, mayChange, isThere } = await present(client)
    if (!mayChange) {
      requireAll(
        migrations.map(({ name }) => name),
        applied,
      )
      return []
    }
    await client.query('select pg_advisory_xact_lock($1)', [LOCKS.migration])
    // Whoever owns the schema need not be allowed to make one.
    if (!isThere) await client.query('create schema if not exists cutover')
    await client.query(
      'create table if not exists cutover.migration (name text primary key, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string }>('select name from cutover.migration')
    const known = new Set(rows.map((row) => row.name))
    const missing = migrations.filter(({ name }) => !known.has(name))
    for (const { name, sql } of missing) {
      await client.query(sql)
      await client.query('insert into cutover.migration (name) values ($1)', [name])
    }
    // A new schema comes with a new version, which may read the same events otherwise.
    if (missing.length > 0) await rebuildSummaries(client)
    if (missing.length > 0) await grantToRoles(client)
    return missing.map(({ name }) => name)
  })
}

/** What was applied, and whether this login owns the schema, or may make it where it is not there. */
async function present(client: PoolClient): Promise<{
  readonly applied: readonly string[]
  readonly mayChange: boolean
  readonly isThere: boolean
}> {
  const { rows } = await client.query<{ may: boolean; there: boolean }>(
    `select coalesce(pg_has_role(n.nspowner, 'usage'), has_database_privilege(current_database(), 'create')) as may,
            n.oid is not null as there
     from (select) here left join pg_namespace n on n.nspname = 'cutover'`,
  )
  const { may = false, there = false } = rows[0] ?? {}
  if (may || !there) return { applied: [], mayChange: may, isThere: there }
  const known = await client.query<{ name: string }>('select name from cutover.migration')
  return { applied: known.rows.map(({ name }) => name), mayChange: false, isThere: true }
}

function requireAll(wanted: readonly string[], applied: readonly string[]): void {
  const missing = wanted.filter((name) => !applied.includes(name))
  if (missing.length === 0) return
  throw new LogRefused(
    `The log is not up to date (${missing.join(', ')}), and this login may not change its schema: do \`cutover migrate\` as the owner of the log. Nothing was changed.`,
  )
}

/** Names of the migrations that this version has, in order. */
export async function knownMigrations(): Promise<readonly string[]> {
  return (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort()
}

async function readMigrations(): Promise<readonly { readonly name: string; readonly sql: string }[]> {
  return Promise.all(
    (await knownMigrations()).map(async (name) => ({
      name,
      sql: await readFile(new URL(name, MIGRATIONS), 'utf8'),
    })),
  )
}
