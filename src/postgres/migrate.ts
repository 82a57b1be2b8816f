import { readdir, readFile } from 'node:fs/promises'
import type { Pool } from 'pg'
import { LOCKS } from './locks.ts'
import { rebuildSummaries } from './summaries.ts'
import { inTransaction } from './transaction.ts'

const MIGRATIONS = new URL('../../src/postgres/migrations/', import.meta.url)

/** Brings the schema `cutover` up to date. Several processes may do it at the same moment; says what was applied. */
export async function migrate(pool: Pool): Promise<readonly string[]> {
  const migrations = await readMigrations()

  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCKS.migration])
    await client.query('create schema if not exists cutover')
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
    return missing.map(({ name }) => name)
  })
}

/** Names of the migrations that this version has, in order. */
export async function knownMigrations(): Promise<readonly string[]> {
  return (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort()
}

async function readMigrations(): Promise<readonly { readonly name: string; readonly sql: string }[]> {
  return Promise.all(
    (await knownMigrations()).map(async (name) => ({ name, sql: await readFile(new URL(name, MIGRATIONS), 'utf8') })),
  )
}
