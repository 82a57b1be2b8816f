import { z } from 'zod'
import { openMemory } from '../../memory.ts'
import { offer } from '../../offer.ts'
import { count, duration as spoken } from '../../wording.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'
import { settingFault } from './setting.ts'
import type { Setting } from './setting.ts'

const version = pgLook({
  name: 'pg.version',
  summary:
    'Says which PostgreSQL it is and since when it runs. `value` is the major version: `expect: { value: ">= 15" }`. Always green.',
  input: z.strictObject(onTarget),
  facts: { version: 'text', major: 'int', startedAt: 'text', standby: 'boolean' },
  look: async (ask) => {
    const seen = await askOne<{
      number: number
      version: string
      started: string
      seconds: number
      standby: boolean
    }>(
      ask,
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
         to_char(pg_postmaster_start_time(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as started,
         extract(epoch from now() - pg_postmaster_start_time())::float8 as seconds, pg_is_in_recovery() as standby`,
    )
    const major = Math.floor(seen.number / 10_000)
    return {
      green: true,
      answer: `PostgreSQL ${seen.version}${seen.standby ? ', a standby' : ''}, up ${spoken(seen.seconds * 1000)}`,
      value: major,
      age: Math.round(seen.seconds * 1000),
      facts: { version: seen.version, major, startedAt: seen.started, standby: seen.standby },
    }
  },
})

const settings = pgLook({
  name: 'pg.settings',
  summary:
    'Holds settings of the server against what is wanted. `value` and `rows` are how many differ. Green when none does.',
  input: z.strictObject({
    ...onTarget,
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .refine((wanted) => Object.keys(wanted).length > 0, 'name at least one setting')
      .describe(
        'Name → exact value, or a comparison with a unit: `{ wal_level: replica, max_connections: ">= 200", work_mem: ">= 64MB" }`.',
      ),
  }),
  facts: { found: 'list' },
  look: async (ask, { settings: wanted }) => {
    const names = Object.keys(wanted)
    const rows = await ask<Setting>(
      `select name, setting, unit, vartype as type, current_setting(name) as shown
       from pg_settings where name = any($1)`,
      [names],
    )
    const found = names.flatMap((name) => {
      const fault = settingFault(
        rows.find((row) => row.name === name.toLowerCase()),
        wanted[name] ?? '',
      )
      return fault === undefined ? [] : [`${name} ${fault}`]
    })
    return {
      green: found.length === 0,
      answer:
        found.length === 0
          ? named(rows.map(({ name, shown }) => `${name} = ${shown}`))
          : `${count(found.length, 'setting')} not as wanted: ${named(found)}`,
      value: found.length,
      rows: found.length,
      facts: { found },
    }
  },
})

const extensions = pgLook({
  name: 'pg.extensions',
  summary:
    'Lists the extensions of the database, and which of the wanted ones are missing (and whether the server could install them). `value` is how many are missing, `rows` how many are there. Green when none is missing.',
  input: z.strictObject({
    ...onTarget,
    wanted: z.array(z.string().min(1)).optional().describe('Names of extensions that must be there.'),
  }),
  facts: { installed: 'list', missing: 'list' },
  look: async (ask, { wanted = [] }) => {
    const installed = await ask<{ name: string; version: string }>(
      'select extname as name, extversion as version from pg_extension order by 1',
    )
    const missing = wanted.filter((name) => !installed.some((one) => one.name === name))
    const available = await ask<{ name: string }>(
      'select name from pg_available_extensions where name = any($1)',
      [missing],
    )
    const texts = missing.map((name) =>
      available.some((one) => one.name === name)
        ? `${name} (the server has it: create extension)`
        : `${name} (not on the server: install its package first)`,
    )
    return {
      green: missing.length === 0,
      answer:
        missing.length === 0
          ? named(
              installed.map((one) => `${one.name} ${one.version}`),
              5,
            )
          : `${count(missing.length, 'extension')} missing: ${named(texts)}`,
      value: missing.length,
      rows: installed.length,
      facts: { installed: installed.map((one) => `${one.name} ${one.version}`), missing },
    }
  },
})

const HITS_GOOD = 90

const cacheHits = pgLook({
  name: 'pg.cache-hits',
  summary:
    'The share of blocks of this database that were found in PostgreSQL’s own cache, in per cent as `value`. In a watch it counts from its first look; a single look counts since the statistics began. Green from 90 %, or while nothing was read.',
  input: z.strictObject(onTarget),
  facts: { percent: 'number', hits: 'int', reads: 'int' },
  look: async (ask, { target }, { folder }) => {
    const memory = openMemory(folder, {
      name: 'cache-hits',
      of: target.name,
      shape: z.object({ hits: z.number(), reads: z.number() }),
    })
    const now = await askOne<{ hits: number; reads: number }>(
      ask,
      `select blks_hit::float8 as hits, blks_read::float8 as reads from pg_stat_database where datname = current_database()`,
    )
    const first = memory.recall()
    if (!first) memory.remember(now)
    // After a reset, or a restart of the server, the numbers are smaller than they were.
    const since = first && first.hits <= now.hits && first.reads <= now.reads ? first : undefined
    const hits = now.hits - (since?.hits ?? 0)
    const reads = now.reads - (since?.reads ?? 0)
    const percent = hits + reads === 0 ? null : Math.round((1000 * hits) / (hits + reads)) / 10
    return {
      green: percent === null || percent >= HITS_GOOD,
      answer:
        percent === null
          ? 'nothing was read yet'
          : `${percent} % of ${count(hits + reads, 'block')} from cache`,
      ...(percent === null ? {} : { value: percent }),
      facts: { percent, hits, reads },
    }
  },
})

/** Transaction ids come round after 2^31. */
const ROUND = 2 ** 31
const WRAPAROUND_PERCENT = 50

const wraparound = pgLook({
  name: 'pg.wraparound',
  summary:
    'How near the oldest database of the server is to running out of transaction ids, in per cent as `value`. Green below 50 %.',
  input: z.strictObject(onTarget),
  facts: { database: 'text', age: 'int' },
  look: async (ask) => {
    const { name, age } = await askOne<{ name: string; age: number }>(
      ask,
      'select datname as name, age(datfrozenxid)::float8 as age from pg_database order by 2 desc limit 1',
    )
    const percent = Math.round((1000 * age) / ROUND) / 10
    return {
      green: percent < WRAPAROUND_PERCENT,
      answer: `${percent} % of the transaction ids used since the last freeze (${name}, ${count(age, 'transaction')})`,
      value: percent,
      facts: { database: name, age },
    }
  },
})

const collations = pgLook({
  name: 'pg.collations',
  summary:
    'Finds out whether the collations of the database changed under it, as after an upgrade of the operating system: its text indexes may be wrong until they are built again. PostgreSQL 15 and later know it. `value` is how many drifted. Green when none did.',
  input: z.strictObject(onTarget),
  facts: { found: 'list' },
  look: async (ask) => {
    const { number } = await askOne<{ number: number }>(
      ask,
      `select current_setting('server_version_num')::int as number`,
    )
    if (number < 150_000) {
      return { green: false, answer: 'PostgreSQL before 15 does not record it', facts: { found: [] } }
    }
    const rows = await ask<{ name: string; was: string; now: string }>(
      `select 'database ' || datname as name, datcollversion as was, pg_database_collation_actual_version(oid) as now
       from pg_database where datname = current_database()
         and datcollversion is distinct from pg_database_collation_actual_version(oid) and datcollversion is not null
       union all
       select collname, collversion, pg_collation_actual_version(oid) from pg_collation
       where collversion is not null and collversion is distinct from pg_collation_actual_version(oid)`,
    )
    const found = rows.map((row) => `${row.name} ${row.was} → ${row.now}`)
    return {
      green: found.length === 0,
      answer:
        found.length === 0
          ? 'no collation changed'
          : `${count(found.length, 'collation')} changed, reindex text: ${named(found)}`,
      value: found.length,
      rows: found.length,
      facts: { found },
    }
  },
})

export const SERVER_LOOKS = [
  offer(version),
  offer(settings),
  offer(extensions),
  offer(cacheHits),
  offer(wraparound),
  offer(collations),
] as const
