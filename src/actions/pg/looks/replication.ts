import { z } from 'zod'
import { offer } from '../../offer.ts'
import { duration } from '../../parameters.ts'
import { bytes, count, duration as spoken } from '../../wording.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'
import type { Ask, Seen } from './look.ts'

const BEHIND_BYTES = 16_000_000
const LAG_MS = 30_000

interface Standby {
  readonly name: string
  readonly state: string | null
  readonly sync: string | null
  /** Null: its replay position is not known, or this user may not see it. */
  readonly behind: number | null
  readonly lag_ms: number | null
}

const replication = pgLook({
  name: 'pg.replication',
  summary:
    'On a primary: every standby with how far its replay is behind, from pg_stat_replication. On a standby: how far it is behind itself. What is not known counts as unknown, never as good. `rows` is how many stream, `size` the most bytes behind, `age` and `value` the longest lag in milliseconds. Green when all stream, at most 16 MB and 30 s behind.',
  input: z.strictObject({
    ...onTarget,
    standbys: z.int().nonnegative().optional().describe('How many must stream at least; 1 unless said.'),
  }),
  facts: { primary: 'boolean', streaming: 'int', bytesBehind: 'int', lagMs: 'int', standbys: 'list' },
  look: async (ask, { standbys = 1 }) => {
    const { standby } = await askOne<{ standby: boolean }>(ask, 'select pg_is_in_recovery() as standby')
    return standby ? ownLag(ask) : lagOfStandbys(ask, standbys)
  },
})

async function lagOfStandbys(ask: Ask, wanted: number): Promise<Seen> {
  // PostgreSQL shows no lag once an idle standby has replayed everything: then, and only then, it is nothing.
  const all = await ask<Standby>(
    `select coalesce(nullif(application_name, ''), client_addr::text, 'pid ' || pid) as name, state, sync_state as sync,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 as behind,
       case when replay_lsn is null then null when replay_lsn = pg_current_wal_lsn() then 0
         else extract(epoch from replay_lag)::float8 * 1000 end as lag_ms
     from pg_stat_replication order by 4 desc nulls first`,
  )
  const streaming = all.filter(({ state }) => state === 'streaming').length
  const behind = worst(all.map((one) => one.behind))
  const lagMs = worst(all.map((one) => one.lag_ms))
  const good = (bound: number, seen: number | null) => seen !== null && seen <= bound
  return {
    green:
      streaming >= wanted &&
      streaming === all.length &&
      (all.length === 0 || (good(BEHIND_BYTES, behind) && good(LAG_MS, lagMs))),
    answer:
      all.length === 0
        ? `no standby is connected${wanted > 0 ? `, ${wanted} should be` : ''}`
        : `${streaming} of ${count(all.length, 'standby', 'standbys')} streaming: ${named(all.map(standbyText))}`,
    value: lagMs,
    rows: streaming,
    size: behind,
    age: lagMs,
    facts: { primary: true, streaming, bytesBehind: behind, lagMs, standbys: all.map(standbyText) },
  }
}

/** The largest; null when one of them is not known, or there is none. */
function worst(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((one): one is number => one !== null)
  return known.length === 0 || known.length < numbers.length ? null : Math.round(Math.max(...known))
}

function standbyText({ name, state, behind, lag_ms: lagMs }: Standby): string {
  const far = behind === null ? 'how far behind is not known' : `${bytes(behind)} behind`
  const lag = lagMs === null ? 'lag not known' : spoken(lagMs)
  return `${name} ${state ?? 'state not visible'}, ${far}, ${lag}`
}

async function ownLag(ask: Ask): Promise<Seen> {
  const {
    lag_ms: lagMs,
    behind,
    receiving,
  } = await askOne<{
    lag_ms: number | null
    behind: number | null
    receiving: boolean
  }>(
    ask,
    `select exists (select from pg_stat_wal_receiver where status = 'streaming') as receiving,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 as behind,
       case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
         else extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 * 1000 end as lag_ms`,
  )
  const lag = lagMs === null ? 'lag not known' : `${spoken(lagMs)} behind`
  return {
    green: receiving && lagMs !== null && lagMs <= LAG_MS && behind !== null && behind <= BEHIND_BYTES,
    answer: `a standby, ${receiving ? 'receiving' : 'receiving nothing'}, ${lag}`,
    value: receiving ? lagMs : null,
    rows: receiving ? 1 : 0,
    size: receiving ? behind : null,
    age: receiving ? lagMs : null,
    facts: { primary: false, streaming: receiving ? 1 : 0, bytesBehind: behind, lagMs, standbys: [] },
  }
}

const slots = pgLook({
  name: 'pg.replication-slots',
  summary:
    'Lists replication slots: one that nobody reads keeps WAL until the disk is full. `value` is how many are inactive, `rows` how many there are, `size` the most WAL that one keeps. Green when none is inactive and none has lost WAL.',
  input: z.strictObject(onTarget),
  facts: { slots: 'list', inactive: 'int', retained: 'int' },
  look: async (ask) => {
    const rows = await ask<{ name: string; active: boolean; wal: string | null; retained: number | null }>(
      `select slot_name as name, active, wal_status as wal, pg_wal_lsn_diff(
         case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end,
         restart_lsn)::float8 as retained
       from pg_replication_slots order by active, 4 desc nulls last`,
    )
    const inactive = rows.filter(({ active }) => !active).length
    const bad = rows.filter(({ wal }) => wal === 'lost' || wal === 'unreserved').length
    const retained = Math.max(0, ...rows.map((row) => row.retained ?? 0))
    const texts = rows.map(
      (row) =>
        `${row.name} ${row.active ? 'active' : 'inactive'}, keeps ${row.retained === null ? 'nothing yet' : bytes(row.retained)}${row.wal === 'lost' || row.wal === 'unreserved' ? `, WAL ${row.wal}` : ''}`,
    )
    return {
      green: inactive === 0 && bad === 0,
      answer: rows.length === 0 ? 'no replication slots' : `${count(rows.length, 'slot')}: ${named(texts)}`,
      value: inactive,
      rows: rows.length,
      size: retained,
      facts: { slots: texts, inactive, retained },
    }
  },
})

const archive = pgLook({
  name: 'pg.archive',
  summary:
    'Says whether WAL is archived: the last file that was, the last that failed. `age` is how long ago the last one was archived, `value` how many failed since. Green when archiving is on and nothing failed after the last success.',
  input: z.strictObject({
    ...onTarget,
    within: duration('The last success must not be older than this.').optional(),
  }),
  facts: { mode: 'text', archived: 'int', failed: 'int', lastFile: 'text', lastFailed: 'text' },
  look: async (ask, { within }) => {
    const seen = await askOne<{
      mode: string
      archived: number
      failed: number
      last: string | null
      last_failed: string | null
      age_ms: number | null
      failing: boolean
    }>(
      ask,
      `select current_setting('archive_mode') as mode, archived_count::float8 as archived,
         failed_count::float8 as failed, last_archived_wal as last, last_failed_wal as last_failed,
         extract(epoch from now() - last_archived_time)::float8 * 1000 as age_ms,
         coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing
       from pg_stat_archiver`,
    )
    const isOn = seen.mode !== 'off'
    const isLate = within !== undefined && (seen.age_ms === null || seen.age_ms > within)
    const failing = seen.failing ? `, failing since at ${seen.last_failed ?? 'some file'}` : ''
    const last =
      seen.last === null ? 'nothing archived yet' : `${seen.last} archived ${spoken(seen.age_ms ?? 0)} ago`
    return {
      green: isOn && !seen.failing && !isLate,
      answer: isOn ? `${last}${failing}` : 'WAL is not archived: archive_mode is off',
      value: isOn ? Number(seen.failing) : null,
      age: isOn && seen.age_ms !== null ? Math.round(seen.age_ms) : null,
      facts: {
        mode: seen.mode,
        archived: seen.archived,
        failed: seen.failed,
        lastFile: seen.last,
        lastFailed: seen.last_failed,
      },
    }
  },
})

export const REPLICATION_LOOKS = [offer(replication), offer(slots), offer(archive)] as const
