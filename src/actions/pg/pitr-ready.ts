import { z } from 'zod'
import { duration } from '../parameters.ts'
import { duration as spoken } from '../wording.ts'
import type { Ask } from './looks/look.ts'
import { onTarget, pgLook } from './looks/look.ts'

const RECENT_MS = 15 * 60_000

export interface Archiving {
  /** WAL is archived, and the last try went well. */
  readonly possible: boolean
  /** Why not; empty when it is. */
  readonly why: string
  readonly mode: string
  readonly walLevel: string
  readonly lastFile: string | null
  readonly ageMs: number | null
  /** Bytes written since the last file was archived: null where none was. */
  readonly pending: number | null
  readonly failed: number
}

// The name of a WAL file says where it ends: what was written after that is in no archive yet.
const ARCHIVING = `
  select current_setting('archive_mode') as mode, current_setting('wal_level') as "walLevel",
    coalesce(nullif(current_setting('archive_command'), '(disabled)'), '') <> ''
      or coalesce(current_setting('archive_library', true), '') <> '' as told,
    pg_is_in_recovery() as standby, last_archived_wal as "lastFile", failed_count::float8 as failed,
    extract(epoch from clock_timestamp() - last_archived_time)::float8 * 1000 as "ageMs",
    coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing,
    case when pg_is_in_recovery() or last_archived_wal !~ '^[0-9A-F]{24}$' then null else
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
        - ((('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint * (4294967296 / size.bytes)
          + ('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint + 1) * size.bytes) end::float8 as pending
  from pg_stat_archiver, (select pg_size_bytes(current_setting('wal_segment_size')) as bytes) size`

interface Row extends Omit<Archiving, 'possible' | 'why'> {
  readonly told: boolean
  readonly standby: boolean
  readonly failing: boolean
}

/** Whether the server archives its WAL, as far as it can tell. A base backup is nothing that it knows of. */
export async function readArchiving(ask: Ask): Promise<Archiving> {
  const [row] = await ask<Row>(ARCHIVING)
  if (!row) throw new Error('A query that always gives a row gave none.')
  const why = whyNot(row)
  return { ...row, possible: why === '', why }
}

function whyNot({ mode, walLevel, told, standby, failing, lastFile }: Row): string {
  if (standby) return 'this is a standby, ask the primary'
  if (mode === 'off') return 'archive_mode is off'
  if (walLevel === 'minimal') return 'wal_level is minimal'
  if (!told) return 'neither archive_command nor archive_library is set'
  if (lastFile === null) return 'nothing was archived yet'
  return failing ? 'the last try to archive failed' : ''
}

const Input = z.strictObject({
  ...onTarget,
  within: duration(
    'The last WAL file must have been archived within this time, unless nothing was written since; 15m unless said.',
  ).optional(),
})

export const pgPitrReady = pgLook({
  name: 'pg.pitr-ready',
  summary:
    'Says whether the server could be recovered to a point in time, as far as it knows itself: WAL is archived, lately, and without failure. `age` is how long ago the last file was archived, `size` how much was written since, `value` how many tries failed since the statistics were reset. That a base backup exists, and where, it cannot know: ask for it by a `do` with a field.',
  input: Input,
  facts: {
    possible: 'boolean',
    mode: 'text',
    walLevel: 'text',
    lastFile: 'text',
    ageMs: 'int',
    pending: 'int',
    failed: 'int',
  },
  look: async (ask, { within = RECENT_MS }) => {
    const { why, ...seen } = await readArchiving(ask)
    const late = seen.possible && (seen.ageMs ?? 0) > within && (seen.pending ?? 0) > 0
    const age = seen.ageMs === null ? null : Math.round(seen.ageMs)
    return {
      green: seen.possible && !late,
      answer: seen.possible
        ? `${seen.lastFile ?? ''} archived ${spoken(age ?? 0)} ago${late ? ', and written to since' : ''}`
        : `no point-in-time recovery: ${why}`,
      value: seen.failed,
      age,
      size: seen.pending === null ? null : Math.max(0, seen.pending),
      facts: {
        possible: seen.possible,
        mode: seen.mode,
        walLevel: seen.walLevel,
        lastFile: seen.lastFile,
        ageMs: age,
        pending: seen.pending,
        failed: seen.failed,
      },
    }
  },
})
