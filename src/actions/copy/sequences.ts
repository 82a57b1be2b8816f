import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'
import { all } from '../sqlite/schema.ts'
import type { CopiedTable } from './plan.ts'
import { fullName } from './target-tables.ts'

/**
 * Each sequence behind a copied column goes on after the highest value, and after what AUTOINCREMENT has ever given
 * out, so that no number comes twice. RESTART, not setval: it is undone with the transaction.
 */
export async function continueSequences(
  client: Client,
  database: DatabaseSyncInstance,
  tables: readonly CopiedTable[],
): Promise<number> {
  const given = givenOut(database)
  let continued = 0
  for (const { source, target, columns } of tables) {
    for (const { target: column } of columns) {
      if (column.kind.is !== 'integer') continue
      const sequence = await client.query<{ name: string | null; highest: string | null }>(
        `select pg_get_serial_sequence($1, $2) as name, (select max(${escapeIdentifier(column.name)})::text from ${fullName(target)}) as highest`,
        [fullName(target), column.name],
      )
      const { name, highest } = sequence.rows[0] ?? {}
      if (name === null || name === undefined) continue
      const remembered = source.rowidKey ? (given.get(source.name) ?? 0n) : 0n
      const last =
        highest === null || highest === undefined || BigInt(highest) < remembered
          ? remembered
          : BigInt(highest)
      if (last < 1n) continue
      await client.query(`alter sequence ${name} restart with ${last + 1n}`)
      continued += 1
    }
  }
  return continued
}

/** What AUTOINCREMENT remembers, by table. */
function givenOut(database: DatabaseSyncInstance): ReadonlyMap<string, bigint> {
  const known = all(database, `select 1 from sqlite_schema where name = 'sqlite_sequence'`).length > 0
  if (!known) return new Map()
  const rows = all(database, 'select name, seq from sqlite_sequence')
  return new Map(rows.map(([name, last]) => [String(name), typeof last === 'bigint' ? last : 0n]))
}
