import { z } from 'zod'
import { offer } from '../../offer.ts'
import { count } from '../../wording.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'
import type { Seen } from './look.ts'
import { USERS } from './tables.ts'

/** A list of faults: none is green. */
function faults(texts: readonly string[], { none, some }: { none: string; some: string }): Seen {
  return {
    green: texts.length === 0,
    answer: texts.length === 0 ? none : `${some}: ${named(texts)}`,
    value: texts.length,
    rows: texts.length,
    facts: { found: texts },
  }
}

const invalidIndexes = pgLook({
  name: 'pg.invalid-indexes',
  summary:
    'Finds indexes that PostgreSQL does not use: a CREATE INDEX CONCURRENTLY that failed or was cancelled leaves one. `value` and `rows` are how many. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { found: 'list' },
  look: async (ask) => {
    const rows = await ask<{ name: string; on: string }>(
      `select indexrelid::regclass::text as name, indrelid::regclass::text as on
       from pg_index where not (indisvalid and indisready and indislive) order by 1`,
    )
    return faults(
      rows.map((row) => `${row.name} on ${row.on}`),
      { none: 'every index is valid', some: count(rows.length, 'invalid index', 'invalid indexes') },
    )
  },
})

const unvalidated = pgLook({
  name: 'pg.unvalidated-constraints',
  summary:
    'Finds constraints that were added NOT VALID and never validated: rows from before may break them. `value` and `rows` are how many. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { found: 'list' },
  look: async (ask) => {
    const rows = await ask<{ name: string; on: string }>(
      `select conname as name, coalesce(nullif(conrelid, 0)::regclass::text, nullif(contypid, 0)::regtype::text) as on
       from pg_constraint where not convalidated order by 2, 1`,
    )
    return faults(
      rows.map((row) => `${row.name} on ${row.on}`),
      {
        none: 'every constraint is validated',
        some: `${count(rows.length, 'constraint')} not validated`,
      },
    )
  },
})

const disabledTriggers = pgLook({
  name: 'pg.disabled-triggers',
  summary:
    'Finds triggers that are switched off, those behind foreign keys included: a restore of data alone may leave them so. `value` and `rows` are how many. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { found: 'list' },
  look: async (ask) => {
    const rows = await ask<{ name: string; on: string }>(
      `select tgname as name, tgrelid::regclass::text as on from pg_trigger where tgenabled = 'D' order by 2, 1`,
    )
    return faults(
      rows.map((row) => `${row.name} on ${row.on}`),
      { none: 'no trigger is disabled', some: count(rows.length, 'disabled trigger') },
    )
  },
})

interface ForeignKey {
  readonly name: string
  readonly child: string
  readonly query: string
}

/** Partitions have copies of their parent's keys; a reference with a NULL in it refers to nothing. */
const FOREIGN_KEYS = `
  select con.conname as name, con.conrelid::regclass::text as child,
    format('select count(*)::float8 as orphans from %s c where %s and not exists (select 1 from %s p where %s)',
      con.conrelid::regclass, string_agg(format('c.%I is not null', ca.attname), ' and ' order by k.ord),
      con.confrelid::regclass,
      string_agg(format('p.%I = c.%I', pa.attname, ca.attname), ' and ' order by k.ord)) as query
  from pg_constraint con
    cross join lateral unnest(con.conkey, con.confkey) with ordinality as k (ck, pk, ord)
    join pg_attribute ca on ca.attrelid = con.conrelid and ca.attnum = k.ck
    join pg_attribute pa on pa.attrelid = con.confrelid and pa.attnum = k.pk
  where con.contype = 'f' and con.conparentid = 0
  group by con.oid, con.conrelid, con.conname, con.confrelid order by 2, 1`

const orphans = pgLook({
  name: 'pg.orphans',
  summary:
    'Counts rows whose foreign key points at nothing, by one query for each key, validated or not (data loaded with triggers off, or a NOT VALID key, may hold them). `value` is how many rows, `rows` how many keys have some. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { orphans: 'int', keys: 'int', found: 'list' },
  look: async (ask, _, { progress }) => {
    const keys = await ask<ForeignKey>(FOREIGN_KEYS)
    const found: string[] = []
    let total = 0
    for (const [index, key] of keys.entries()) {
      progress({ done: index, total: keys.length, unit: 'keys', label: `${key.child}.${key.name}` })
      const { orphans: amount } = await askOne<{ orphans: number }>(ask, key.query)
      total += amount
      if (amount > 0) found.push(`${key.child}.${key.name} ${count(amount, 'row')}`)
    }
    return {
      green: total === 0,
      answer:
        total === 0
          ? `no orphans behind ${count(keys.length, 'foreign key')}`
          : `${count(total, 'orphan')}: ${named(found)}`,
      value: total,
      rows: found.length,
      facts: { orphans: total, keys: keys.length, found },
    }
  },
})

interface Sequence {
  readonly name: string
  readonly column: string
  readonly query: string
}

/** Serial and identity columns own their sequence; other defaults merely call one. */
const SEQUENCES = `
  with s as (
    select d.objid as seq, d.refobjid as rel, d.refobjsubid as att
    from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
      and d.deptype in ('a', 'i') and d.refobjsubid > 0
    union
    select d.refobjid, ad.adrelid, ad.adnum
    from pg_attrdef ad join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid
        and d.refclassid = 'pg_class'::regclass
      join pg_class c on c.oid = d.refobjid and c.relkind = 'S')
  select s.seq::regclass::text as name, format('%s.%I', s.rel::regclass, a.attname) as column,
    format('select s.last_value::text as last, s.is_called as called, %s::text as step,
        (select %s(%I)::text from %s) as furthest from %s s',
      q.seqincrement, case when q.seqincrement > 0 then 'max' else 'min' end, a.attname, s.rel::regclass,
      s.seq::regclass) as query
  from s join pg_attribute a on a.attrelid = s.rel and a.attnum = s.att join pg_sequence q on q.seqrelid = s.seq
  order by 2`

const sequences = pgLook({
  name: 'pg.sequences',
  summary:
    'Finds sequences that would next give a number their column already has or is past: every insert would fail on a duplicate key. Serial and identity columns and plain nextval() defaults. `value` and `rows` are how many. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { found: 'list', sequences: 'int' },
  look: async (ask) => {
    const all = await ask<Sequence>(SEQUENCES)
    const found: string[] = []
    for (const { name, column, query } of all) {
      const at = await askOne<SequencePlace>(ask, query)
      if (isBehind(at)) found.push(`${name} is at ${at.last}, ${column} at ${at.furthest ?? ''}`)
    }
    const seen = faults(found, {
      none: `${count(all.length, 'sequence')}, none behind its column`,
      some: `${found.length} of ${count(all.length, 'sequence')} behind`,
    })
    return { ...seen, facts: { ...seen.facts, sequences: all.length } }
  },
})

interface SequencePlace {
  readonly last: string
  readonly called: boolean
  readonly step: string
  /** The highest value of the column, of a descending sequence the lowest. */
  readonly furthest: string | null
}

const WHOLE = /^-?\d+$/

function isBehind({ last, called, step, furthest }: SequencePlace): boolean {
  if (furthest === null || !WHOLE.test(furthest)) return false
  const next = called ? BigInt(last) + BigInt(step) : BigInt(last)
  return BigInt(step) > 0n ? next <= BigInt(furthest) : next >= BigInt(furthest)
}

const keyless = pgLook({
  name: 'pg.tables-without-key',
  summary:
    'Finds tables without a primary key: they cannot be compared row by row, nor be replicated logically without REPLICA IDENTITY FULL. `value` and `rows` are how many. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { found: 'list' },
  look: async (ask) => {
    const rows = await ask<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and not c.relispartition and ${USERS}
         and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) order by 1`,
    )
    return faults(
      rows.map(({ name }) => name),
      {
        none: 'every table has a primary key',
        some: `${count(rows.length, 'table')} without a primary key`,
      },
    )
  },
})

export const INTEGRITY_LOOKS = [
  offer(invalidIndexes),
  offer(unvalidated),
  offer(disabledTriggers),
  offer(orphans),
  offer(sequences),
  offer(keyless),
] as const
