import { z } from 'zod'
import { duration } from '../../parameters.ts'
import { count, duration as spoken } from '../../wording.ts'
import { offer } from '../../offer.ts'
import { HIDDEN, maskedQuery, sessionText } from '../session-words.ts'
import type { SessionRow } from '../session-words.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'
import type { Ask } from './look.ts'

const FULL_PERCENT = 90
const LONG_MS = 5 * 60_000

const connections = pgLook({
  name: 'pg.connections',
  summary:
    'Counts client connections against what is usable: max_connections without the reserved ones, and the limit of the database. `value` is per cent taken, `rows` how many are taken; `json` has used, usable, free. Green below 90 %.',
  input: z.strictObject(onTarget),
  facts: { used: 'int', usable: 'int', free: 'int' },
  look: async (ask) => {
    const { used, usable, own, limit } = await askOne<{
      used: number
      usable: number
      own: number
      limit: number
    }>(
      ask,
      // Of others' sessions a plain user sees no backend type; those of clients are in a database.
      `select count(*) filter (where coalesce(backend_type = 'client backend', datid is not null))::int as used,
         count(*) filter (where datname = current_database() and coalesce(backend_type = 'client backend', true))::int as own,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int as usable,
         (select datconnlimit from pg_database where datname = current_database()) as limit
       from pg_stat_activity`,
    )
    const limited = limit >= 0 && limit - own < usable - used
    const [taken, most] = limited ? [own, limit] : [used, usable]
    const percent = most === 0 ? 100 : Math.round((taken / most) * 100)
    const whose = limited ? ' of this database (its own limit)' : ''
    return {
      green: percent < FULL_PERCENT,
      answer: `${taken} of ${most} usable connections${whose} taken (${percent} %), ${most - taken} free`,
      value: percent,
      rows: taken,
      facts: { used: taken, usable: most, free: most - taken },
    }
  },
})

const longTransactions = pgLook({
  name: 'pg.long-transactions',
  summary:
    'Finds transactions of this database that have been open for long, by the beginning of the transaction (a long one may be made of short statements), prepared ones included. `value` and `rows` are how many, `age` is the oldest. Green when there is none. Sessions of this cutover do not count.',
  input: z.strictObject({
    ...onTarget,
    older_than: duration('How long is long; 5m unless said.').optional(),
  }),
  facts: { transactions: 'int', oldestSeconds: 'int', sessions: 'list', hidden: 'int' },
  look: async (ask, { older_than: olderMs = LONG_MS }, { attempt }) => {
    const rows = await ask<SessionRow>(
      `select * from (
         select pid, application_name as app, usename as role, state, query,
           extract(epoch from now() - xact_start)::float8 as seconds
         from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
           and xact_start < now() - $1::float8 * interval '1 millisecond'
           and not starts_with(application_name, $2)
         union all
         select null, 'prepared transaction ' || gid, owner, 'prepared', null,
           extract(epoch from now() - prepared)::float8
         from pg_prepared_xacts
         where database = current_database() and prepared < now() - $1::float8 * interval '1 millisecond') t
       order by seconds desc`,
      [olderMs, `cutover:${attempt.split('.')[0] ?? attempt}.`],
    )
    const hidden = await hiddenSessions(ask)
    const oldest = rows[0]
    const found = `${count(rows.length, 'transaction')} older than ${spoken(olderMs)}`
    return {
      green: rows.length === 0 && hidden === 0,
      answer: `${rows.length === 0 ? `none older than ${spoken(olderMs)}` : `${found}; oldest ${oldest ? sessionText(oldest) : ''}`}${hiddenText(hidden)}`,
      value: hidden === 0 || rows.length > 0 ? rows.length : null,
      rows: hidden === 0 || rows.length > 0 ? rows.length : null,
      age: hidden === 0 || rows.length > 0 ? Math.round((oldest?.seconds ?? 0) * 1000) : null,
      facts: {
        transactions: rows.length,
        oldestSeconds: Math.round(oldest?.seconds ?? 0),
        sessions: rows.map((row) => withQuery(row)),
        hidden,
      },
    }
  },
})

async function hiddenSessions(ask: Ask): Promise<number> {
  const { hidden } = await askOne<{ hidden: number }>(
    ask,
    `select count(*)::int as hidden from pg_stat_activity where datname = current_database() and query = '${HIDDEN}'`,
  )
  return hidden
}

const hiddenText = (hidden: number): string =>
  hidden === 0
    ? ''
    : `; ${count(hidden, 'session')} of other users cannot be seen (grant pg_read_all_stats to this one)`

function withQuery(row: SessionRow): string {
  const query = maskedQuery(row.query)
  return query === '' ? sessionText(row) : `${sessionText(row)}: ${query}`
}

interface BlockedRow extends SessionRow {
  readonly target: string | null
  readonly blocker: SessionRow | null
}

/** Every waiting session with each one it waits for; `seconds` is how long it waits, of a blocker its transaction's age. */
export const BLOCKED = `
  select a.pid, a.application_name as app, a.usename as role, a.state, a.query,
    extract(epoch from clock_timestamp() - coalesce(w.since, a.state_change))::float8 as seconds, w.target,
    json_build_object('pid', b.pid, 'app', coalesce(h.application_name, 'a prepared transaction'), 'role', h.usename,
      'state', h.state, 'query', h.query,
      'seconds', extract(epoch from clock_timestamp() - h.xact_start)::float8) as blocker
  from (
    select pid, min((to_jsonb(l) ->> 'waitstart')::timestamptz) as since,
      min(coalesce(relation::regclass::text, locktype)) as target
    from pg_locks l where not granted group by pid) w
  join pg_stat_activity a on a.pid = w.pid
  cross join lateral unnest(pg_blocking_pids(a.pid)) as b (pid)
  left join pg_stat_activity h on h.pid = b.pid
  where a.datname = current_database()
  order by seconds desc nulls last`

const blocked = pgLook({
  name: 'pg.blocked',
  summary:
    'Finds sessions of this database that wait for a lock, and who holds it. `value` and `rows` are how many wait, `age` is the longest wait. Green when none waits.',
  input: z.strictObject({
    ...onTarget,
    longer_than: duration('Waits shorter than this do not count; 1s unless said.').optional(),
  }),
  facts: { waiting: 'int', longestSeconds: 'int', sessions: 'list' },
  look: async (ask, { longer_than: longerMs = 1000 }) => {
    const all = await ask<BlockedRow>(BLOCKED)
    const rows = all.filter(({ seconds }) => (seconds ?? 0) * 1000 >= longerMs)
    const waiting = new Set(rows.map(({ pid }) => pid)).size
    const longest = Math.max(0, ...rows.map(({ seconds }) => seconds ?? 0))
    return {
      green: waiting === 0,
      answer: waiting === 0 ? 'nobody waits for a lock' : named(rows.map(waitText), 2),
      value: waiting,
      rows: waiting,
      age: Math.round(longest * 1000),
      facts: {
        waiting,
        longestSeconds: Math.round(longest),
        sessions: rows.map((row) => `${waitText(row)} ${maskedQuery(row.query)}`.trim()),
      },
    }
  },
})

/** `pid 51 (alembic) waits 6 s for orders, held by pid 41 (reporting, idle in transaction, 6 min)`. */
export function waitText({ pid, app, seconds, target, blocker }: BlockedRow): string {
  const who = `pid ${pid ?? '?'} (${app === null || app === '' ? 'no application name' : app})`
  const held = blocker === null ? 'somebody' : sessionText(blocker)
  return `${who} waits ${spoken((seconds ?? 0) * 1000)} for ${target ?? 'a lock'}, held by ${held}`
}
export type { BlockedRow }

const prepared = pgLook({
  name: 'pg.prepared-transactions',
  summary:
    'Counts prepared transactions (two-phase commit) of this database: they hold locks with no session that could be ended. Green when there is none.',
  input: z.strictObject(onTarget),
  facts: { transactions: 'int', gids: 'list' },
  look: async (ask) => {
    const rows = await ask<{ gid: string; owner: string; seconds: number }>(
      `select gid, owner, extract(epoch from now() - prepared)::float8 as seconds
       from pg_prepared_xacts where database = current_database() order by prepared`,
    )
    const texts = rows.map(({ gid, owner, seconds }) => `${gid} (${owner}, ${spoken(seconds * 1000)})`)
    return {
      green: rows.length === 0,
      answer:
        rows.length === 0
          ? 'no prepared transaction'
          : `${count(rows.length, 'prepared transaction')}: ${named(texts)}`,
      value: rows.length,
      rows: rows.length,
      age: Math.round((rows[0]?.seconds ?? 0) * 1000),
      facts: { transactions: rows.length, gids: rows.map(({ gid }) => gid) },
    }
  },
})

export const SESSION_LOOKS = [
  offer(connections),
  offer(longTransactions),
  offer(blocked),
  offer(prepared),
] as const
