import type { Client } from 'pg'
import { cancelOnAbort } from '../pg/cancel.ts'
import { connectPostgres } from '../pg/connect.ts'
import type { PgTable } from '../pg/schema.ts'
import { readPgTables } from '../pg/schema.ts'
import type { PostgresTarget } from '../targets.ts'
import type { Kind } from '../values/kinds.ts'
import { makePgReader } from './pg-reader.ts'
import type { Side, SideTable } from './plan.ts'

/** Two connections keep two cores of the server busy; more would take them from the server's own users. */
const CONNECTIONS = 2

/** Opens a PostgreSQL database for a comparison: all connections read one and the same snapshot. */
export async function openPgSide(
  target: PostgresTarget,
  { attempt, signal }: { readonly attempt: string; readonly signal: AbortSignal | undefined },
): Promise<Side> {
  const clients: Client[] = []
  const listeners: (() => void)[] = []
  const close = async () => {
    for (const stop of listeners) stop()
    await Promise.allSettled(clients.map((client) => client.end()))
  }
  try {
    const first = await connectPostgres(target, { attempt })
    clients.push(first)
    await begin(first)
    listeners.push(await cancelOnAbort(first, target, { attempt, signal }))
    const { rows } = await first.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot')
    while (clients.length < CONNECTIONS) {
      const client = await connectPostgres(target, { attempt })
      clients.push(client)
      await begin(client, rows[0]?.snapshot)
      listeners.push(await cancelOnAbort(client, target, { attempt, signal }))
    }
    const tables = await readPgTables(first)
    return { kind: 'postgres', tables: tables.map((table) => sideTable(clients, table)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function begin(client: Client, snapshot?: string): Promise<void> {
  await client.query('begin isolation level repeatable read read only')
  if (snapshot !== undefined) await client.query(`set transaction snapshot ${client.escapeLiteral(snapshot)}`)
  // Chunks are read along the key: a plan that reads the whole table for each of them would never end, and a table
  // that was just loaded may not be analysed yet.
  await client.query('set local jit = off; set local enable_seqscan = off')
}

function sideTable(clients: readonly Client[], table: PgTable): SideTable {
  return {
    name: table.name,
    columns: table.columns,
    primaryKey: table.primaryKey,
    walk: (columns) => walk(table, columns),
    reader: ({ columns, key, naming }) => {
      const known = ({ name, kind }: { readonly name: string; readonly kind: Kind }) => ({
        name,
        kind,
        notNull: table.columns.some((column) => column.name === name && column.notNull),
      })
      return makePgReader({
        clients,
        schema: table.schema,
        table: table.name,
        columns: columns.map(known),
        key,
        naming: naming.map(known),
      })
    },
  }
}

function walk(table: PgTable, columns: readonly string[]) {
  const asKey =
    columns.length === table.primaryKey.length && columns.every((name, at) => name === table.primaryKey[at])
  if (!asKey) return undefined
  const types = columns.map((name) => {
    const column = table.columns.find((column) => column.name === name)
    if (column?.kind.is === 'integer') return 'integer' as const
    return column?.kind.is === 'text' && column.byteOrder ? ('text' as const) : undefined
  })
  return types.every((type) => type !== undefined) ? types : undefined
}
