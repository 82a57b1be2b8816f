import { resolve } from 'node:path'
import { z } from 'zod'
import { roomAt } from '../../files/disk-room.ts'
import { openMemory } from '../../memory.ts'
import { offer } from '../../offer.ts'
import { duration } from '../../parameters.ts'
import { bytes, count, duration as spoken } from '../../wording.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'
import type { Ask } from './look.ts'
import { BLOCKED, waitText } from './sessions.ts'
import type { BlockedRow } from './sessions.ts'
import { timeToFull } from './time-to-full.ts'

const PATIENCE_MS = 5_000
const FULL_IN_MS = 30 * 60_000
/** Older measures of a disk say little about how fast it fills now. */
const TREND_MS = 5 * 60_000

const Counters = z.object({
  started: z.number(),
  deadlocks: z.number(),
  temp: z.number(),
  rollbacks: z.number(),
  killed: z.number(),
})
type Counters = z.infer<typeof Counters>

const Remembered = z.object({
  first: Counters,
  disks: z.record(z.string(), z.array(z.object({ at: z.number(), free: z.number() }))),
})

const watch = pgLook({
  name: 'pg.watch',
  summary:
    'What a DBA keeps an eye on while a migration runs, for a `watch` with `parallel: true` beside it: who waits for whose lock, deadlocks, temporary bytes, rolled back transactions and ended sessions since the first look, a restarted server, free room of folders and when they would be full. `value` is how many troubles there are, `rows` how many sessions wait, `size` the temporary bytes. Green without trouble.',
  input: z.strictObject({
    ...onTarget,
    folders: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'Folders on the host of the pool whose disks are watched: data, WAL, backups. The pool must be on their host.',
      )
      .meta({ parameter: 'list' }),
    patience: duration('How long a session may wait for a lock; 5s unless said.').optional(),
    full_in: duration('A disk that would be full sooner is trouble; 30m unless said.').optional(),
  }),
  facts: {
    waiting: 'int',
    waits: 'list',
    deadlocks: 'int',
    tempBytes: 'int',
    rollbacks: 'int',
    killed: 'int',
    restarted: 'boolean',
    disks: 'list',
    trouble: 'list',
  },
  look: async (ask, input, { folder }) => {
    const { patience = PATIENCE_MS, full_in: fullIn = FULL_IN_MS, folders = [] } = input
    const memory = openMemory(folder, {
      name: 'pg-watch',
      of: [input.target.name, folders],
      shape: Remembered,
    })
    const now = await countersOf(ask)
    const before = memory.recall() ?? { first: now, disks: {} }
    const disks = measure(folders, before.disks)
    memory.remember({ first: before.first, disks: disks.samples })
    const restarted = now.started !== before.first.started
    const since = differences(before.first, now)
    const waits = (await ask<BlockedRow>(BLOCKED)).filter((row) => (row.seconds ?? 0) * 1000 >= patience)
    const waiting = new Set(waits.map(({ pid }) => pid)).size
    const trouble = [
      ...(restarted ? ['the server was restarted'] : []),
      ...(since.deadlocks > 0 ? [count(since.deadlocks, 'deadlock')] : []),
      ...(since.killed > 0
        ? [`${count(since.killed, 'session')} ended by an error or an administrator`]
        : []),
      ...waits.map(waitText),
      ...disks.seen.filter(({ fullInMs }) => fullInMs !== null && fullInMs < fullIn).map(diskText),
    ]
    return {
      green: trouble.length === 0,
      answer: trouble.length === 0 ? quiet(since, disks.seen) : named(trouble, 3),
      value: trouble.length,
      rows: waiting,
      size: since.temp,
      facts: {
        waiting,
        waits: waits.map(waitText),
        deadlocks: since.deadlocks,
        tempBytes: since.temp,
        rollbacks: since.rollbacks,
        killed: since.killed,
        restarted,
        disks: disks.seen.map(diskText),
        trouble,
      },
    }
  },
})

async function countersOf(ask: Ask): Promise<Counters> {
  // Numbers of ended sessions are there since PostgreSQL 14.
  return askOne<Counters>(
    ask,
    `select extract(epoch from pg_postmaster_start_time())::float8 as started, deadlocks::float8 as deadlocks,
       temp_bytes::float8 as temp, xact_rollback::float8 as rollbacks,
       coalesce((to_jsonb(d) ->> 'sessions_fatal')::float8 + (to_jsonb(d) ->> 'sessions_killed')::float8, 0) as killed
     from pg_stat_database d where datname = current_database()`,
  )
}

/** After a crash the server counts from nothing again. */
function differences(first: Counters, now: Counters): Omit<Counters, 'started'> {
  const since = (name: keyof Counters) => (now[name] >= first[name] ? now[name] - first[name] : now[name])
  return {
    deadlocks: since('deadlocks'),
    temp: since('temp'),
    rollbacks: since('rollbacks'),
    killed: since('killed'),
  }
}

type Samples = z.infer<typeof Remembered>['disks']

interface Disk {
  readonly path: string
  readonly free: number
  readonly total: number
  /** Null: it does not fill, or that cannot be said yet. */
  readonly fullInMs: number | null
}

function measure(folders: readonly string[], before: Samples) {
  const at = Date.now()
  const samples: Samples = {}
  const seen = folders.map((path): Disk => {
    const room = roomAt(resolve(path))
    const kept = [...(before[path] ?? []), { at, free: room.free }].filter((one) => at - one.at <= TREND_MS)
    samples[path] = kept
    return { path, ...room, fullInMs: timeToFull(kept) }
  })
  return { samples, seen }
}

function diskText({ path, free, total, fullInMs }: Disk): string {
  const percent = Math.floor((100 * free) / total)
  const full = fullInMs === null ? '' : `, full in ${spoken(fullInMs)}`
  return `${path} ${bytes(free)} free (${percent} %)${full}`
}

function quiet({ temp, rollbacks }: Omit<Counters, 'started'>, disks: readonly Disk[]): string {
  const parts = [
    'nobody waits, no deadlock',
    ...(temp > 0 ? [`${bytes(temp)} temporary`] : []),
    ...(rollbacks > 0 ? [`${count(rollbacks, 'transaction')} rolled back`] : []),
    ...disks.map(diskText),
  ]
  return parts.join(', ')
}

export const WATCH_LOOKS = [offer(watch)] as const
