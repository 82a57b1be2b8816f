import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import { offer } from '../../offer.ts'
import { bytes, count } from '../../wording.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'

const DEAD_PERCENT = 20
const DEAD_ROWS = 1000

/** Schemas of users, not of the server. */
export const USERS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const deadTuples = pgLook({
  name: 'pg.dead-tuples',
  summary:
    'Finds tables with many dead rows, by the estimates of PostgreSQL’s statistics. `value` is the worst percentage, `rows` how many tables are over the bound. Green when none is.',
  input: z.strictObject({
    ...onTarget,
    percent: z.number().positive().optional().describe('The bound in per cent of all rows; 20 unless said.'),
    at_least: z
      .int()
      .nonnegative()
      .optional()
      .describe('Tables with fewer dead rows never count; 1,000 unless said.'),
  }),
  facts: { tables: 'list', worst: 'number' },
  look: async (ask, { percent = DEAD_PERCENT, at_least: atLeast = DEAD_ROWS }) => {
    const rows = await ask<{ name: string; dead: number; percent: number; vacuumed: string | null }>(
      `select relid::regclass::text as name, n_dead_tup::float8 as dead,
         round(100.0 * n_dead_tup / nullif(n_live_tup + n_dead_tup, 0), 1)::float8 as percent,
         to_char(greatest(last_vacuum, last_autovacuum), 'YYYY-MM-DD HH24:MI') as vacuumed
       from pg_stat_user_tables where n_dead_tup >= $1 and n_dead_tup > 0 order by 3 desc`,
      [atLeast],
    )
    const over = rows.filter((row) => row.percent > percent)
    const texts = over.map(
      (row) =>
        `${row.name} ${row.percent} % (${count(row.dead, 'row')}, vacuumed ${row.vacuumed ?? 'never'})`,
    )
    const worst = rows[0]?.percent ?? 0
    return {
      green: over.length === 0,
      answer:
        over.length === 0
          ? `no table over ${percent} % dead rows (worst ${worst} %)`
          : `${count(over.length, 'table')} over ${percent} % dead rows: ${named(texts)}`,
      value: worst,
      rows: over.length,
      facts: { tables: texts, worst },
    }
  },
})

const size = pgLook({
  name: 'pg.size',
  summary:
    'Measures the database, or one table with its indexes and TOAST. `size` and `value` are bytes. Always green: give `expect: { size: "< 50 GB" }` for a bound.',
  input: z.strictObject({
    ...onTarget,
    table: z
      .string()
      .min(1)
      .optional()
      .describe('One table, as SQL names it: `orders`, `public."Order"`; else the whole database.'),
  }),
  facts: { bytes: 'int', tables: 'list' },
  look: async (ask, { target, table }) => {
    if (table !== undefined) {
      const row = await askOne<{ found: boolean; total: number | null; indexes: number | null }>(
        ask,
        `select to_regclass($1) is not null as found, pg_total_relation_size(to_regclass($1))::float8 as total,
           pg_indexes_size(to_regclass($1))::float8 as indexes`,
        [table],
      )
      if (!row.found) throw noTable(table, target.name)
      const total = row.total ?? 0
      return {
        green: true,
        answer: `${table} ${bytes(total)}, of it indexes ${bytes(row.indexes ?? 0)}`,
        value: total,
        size: total,
        facts: { bytes: total, tables: [] },
      }
    }
    const { total } = await askOne<{ total: number }>(
      ask,
      'select pg_database_size(current_database())::float8 as total',
    )
    const largest = await ask<{ name: string; total: number }>(
      `select c.oid::regclass::text as name, pg_total_relation_size(c.oid)::float8 as total
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and ${USERS} order by 2 desc limit 20`,
    )
    const texts = largest.map((row) => `${row.name} ${bytes(row.total)}`)
    return {
      green: true,
      answer: `${bytes(total)}${texts.length === 0 ? '' : `: ${named(texts)}`}`,
      value: total,
      size: total,
      facts: { bytes: total, tables: texts },
    }
  },
})

export function noTable(table: string, target: string): ActionFailure {
  return new ActionFailure(`${target} has no table ${table}.`, {
    hint: 'Write it as SQL names it, with its schema and with quotes where it has capitals.',
    changed: 'nothing was changed',
  })
}

const unanalysed = pgLook({
  name: 'pg.unanalysed',
  summary:
    'Finds tables without statistics, as after a restore: the planner guesses until they are analysed. `value` and `rows` are how many. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { tables: 'list' },
  look: async (ask) => {
    const rows = await ask<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and c.reltuples = -1 and ${USERS}
         and (c.relkind = 'p' or pg_relation_size(c.oid) > 0) order by 1`,
    )
    const names = rows.map(({ name }) => name)
    return {
      green: names.length === 0,
      answer:
        names.length === 0
          ? 'every table has statistics'
          : `${count(names.length, 'table')} never analysed: ${named(names)}`,
      value: names.length,
      rows: names.length,
      facts: { tables: names },
    }
  },
})

const unusedIndexes = pgLook({
  name: 'pg.unused-indexes',
  summary:
    'Reports indexes that no query has used since the statistics began; those of keys and constraints are left out. A report and never red: a month-end query may be what needs one. `rows` and `value` are how many, `size` is what they take together.',
  input: z.strictObject(onTarget),
  facts: { indexes: 'list', bytes: 'int', since: 'text' },
  look: async (ask) => {
    const rows = await ask<{ name: string; total: number }>(
      `select s.indexrelid::regclass::text as name, pg_relation_size(s.indexrelid)::float8 as total
       from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid
       where s.idx_scan = 0 and not i.indisunique and not i.indisexclusion
         and not exists (select from pg_constraint c where c.conindid = s.indexrelid) order by 2 desc, 1`,
    )
    const { since } = await askOne<{ since: string | null }>(
      ask,
      `select to_char(stats_reset, 'YYYY-MM-DD') as since from pg_stat_database where datname = current_database()`,
    )
    const total = rows.reduce((sum, row) => sum + row.total, 0)
    const texts = rows.map((row) => `${row.name} ${bytes(row.total)}`)
    const period = since === null ? 'since the server’s statistics began' : `since ${since}`
    return {
      green: true,
      answer:
        rows.length === 0
          ? `every index was used ${period}`
          : `${count(rows.length, 'index', 'indexes')} not used ${period} (${bytes(total)}): ${named(texts)}`,
      value: rows.length,
      rows: rows.length,
      size: total,
      facts: { indexes: texts, bytes: total, since },
    }
  },
})

export const TABLE_LOOKS = [offer(deadTuples), offer(size), offer(unanalysed), offer(unusedIndexes)] as const
