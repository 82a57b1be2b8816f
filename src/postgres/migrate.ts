import { readdir, readFile } from 'node:fs/promises'
import type { Pool } from 'pg'
import { inTransaction } from './transaction.ts'

const MIGRATIONS = new URL('../../src/postgres/migrations/', import.meta.url)

/** Arbitrary, but the same for everybody who migrates this schema. */
const MIGRATION_LOCK = 7_208_614

/** Brings the schema `cutover` up to date. Several processes may do it at the same moment; says what was applied. */
export async function migrate(pool: Pool): Promise<readonly string[]> {
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort()

  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await client.query('create schema if not exists cutover')
    await client.query(
      'create table if not exists cutover.migration (name text primary key, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string }>('select name from cutover.migration')
    const known = new Set(rows.map((row) => row.name))
    const missing = files.filter((name) => !known.has(name))
    for (const name of missing) {
      await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'))
      await client.query('insert into cutover.migration (name) values ($1)', [name])
    }
    return missing
  })
}
