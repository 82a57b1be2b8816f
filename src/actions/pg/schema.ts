import type { Client } from 'pg'
import { z } from 'zod'
import type { Kind } from '../values/kinds.ts'

export interface PgColumn {
  readonly name: string
  /** As in CREATE TABLE: `numeric(12,2)`. */
  readonly type: string
  readonly kind: Kind
  readonly notNull: boolean
  readonly generated: boolean
  readonly identity: boolean
  readonly hasDefault: boolean
  /** Texts sort by their bytes. */
  readonly byteOrder: boolean
}

export interface PgTable {
  readonly schema: string
  readonly name: string
  readonly columns: readonly PgColumn[]
  /** Column names in key order; empty where the table has no primary key. */
  readonly primaryKey: readonly string[]
  readonly partitioned: boolean
}

const Row = z.object({
  schema: z.string(),
  table: z.string(),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      base: z.string(),
      typeKind: z.string(),
      modifier: z.number(),
      notNull: z.boolean(),
      generated: z.boolean(),
      identity: z.boolean(),
      hasDefault: z.boolean(),
      byteOrder: z.boolean(),
    }),
  ),
  primaryKey: z.array(z.string()),
  partitioned: z.boolean(),
})

// A domain counts as the type it stands on, with the modifier it adds.
const TABLES = `
  select n.nspname as schema, c.relname as table, c.relkind = 'p' as partitioned,
    (select coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'base', coalesce(d.typname, t.typname), 'typeKind', coalesce(d.typtype, t.typtype),
        'modifier', case when t.typtype = 'd' and a.atttypmod = -1 then t.typtypmod else a.atttypmod end,
        'notNull', a.attnotnull or t.typnotnull, 'generated', a.attgenerated <> '', 'identity', a.attidentity <> '',
        'hasDefault', a.atthasdef,
        'byteOrder', case when l.collname = 'default' then b.datcollate in ('C', 'POSIX') and b.datlocprovider = 'c'
          else coalesce(l.collcollate in ('C', 'POSIX') and l.collprovider = 'c', false) end
      ) order by a.attnum), '[]')
     from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type d on t.typtype = 'd' and d.oid = t.typbasetype
     left join pg_collation l on l.oid = a.attcollation cross join pg_database b
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and b.datname = current_database()) as columns,
    (select coalesce(json_agg(a.attname order by k.place), '[]')
     from pg_index i cross join unnest(i.indkey) with ordinality as k (attnum, place)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
     where i.indrelid = c.oid and i.indisprimary) as "primaryKey"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname`

/** The tables of the current schema, by name. Partitions count as their parent. */
export async function readPgTables(client: Client): Promise<readonly PgTable[]> {
  const { rows } = await client.query(TABLES.replace("b.datlocprovider = 'c'", await plainProvider(client)))
  return z
    .array(Row)
    .parse(rows)
    .map(({ schema, table, columns, primaryKey, partitioned }) => ({
      schema,
      partitioned,
      name: table,
      primaryKey,
      columns: columns.map(({ base, typeKind, modifier, ...column }) => ({
        ...column,
        kind: kindOf(typeKind === 'b' ? base : '', modifier),
      })),
    }))
}

/** A database's own collation may come from ICU only since PostgreSQL 15. */
async function plainProvider(client: Client): Promise<string> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  return (rows[0]?.version ?? 0) >= 150_000 ? "b.datlocprovider = 'c'" : 'true'
}

function kindOf(type: string, modifier: number): Kind {
  // Lengths and precision are stored four higher than written.
  const limit = modifier < 4 ? {} : { limit: modifier - 4 }
  switch (type) {
    case 'int2':
      return { is: 'integer', bytes: 2 }
    case 'int4':
      return { is: 'integer', bytes: 4 }
    case 'int8':
      return { is: 'integer', bytes: 8 }
    case 'bool':
      return { is: 'boolean' }
    case 'float4':
      return { is: 'float', bytes: 4 }
    case 'float8':
      return { is: 'float', bytes: 8 }
    case 'numeric':
      return decimalKind(modifier)
    case 'text':
    case 'citext':
      return { is: 'text' }
    case 'varchar':
      return { is: 'text', ...limit }
    case 'bpchar':
      return { is: 'padded', ...limit }
    default:
      return kindOfRarer(type, modifier)
  }
}

function kindOfRarer(type: string, modifier: number): Kind {
  switch (type) {
    case 'bytea':
      return { is: 'bytes' }
    case 'timestamptz':
    case 'timestamp':
      return modifier >= 0 && modifier < 6 ? { is: 'moment', precision: modifier } : { is: 'moment' }
    case 'date':
    case 'time':
    case 'uuid':
      return { is: type }
    case 'json':
      return { is: 'json', binary: false }
    case 'jsonb':
      return { is: 'json', binary: true }
    default:
      return { is: 'other' }
  }
}

function decimalKind(modifier: number): Kind {
  if (modifier < 4) return { is: 'decimal' }
  const packed = modifier - 4
  // The scale has eleven bits and a sign since PostgreSQL 15.
  const scale = ((packed & 0x7ff) ^ 0x400) - 0x400
  return { is: 'decimal', precision: packed >> 16, scale: Math.max(scale, 0) }
}
