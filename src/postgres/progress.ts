import type { Pool } from 'pg'
import type { AttemptProgress, ProgressBoard } from '../app/ports.ts'
import { ask } from './ask.ts'

const CHUNK_BYTES = 1024 * 1024

/**
 * Progress and masked output of attempts: mutable rows beside the log. Written without `excluded`, which would want the
 * right to read what others print.
 */
export function makeProgressBoard(pool: Pool): ProgressBoard {
  return {
    async put(progress) {
      await ask(
        pool,
        `insert into cutover.progress (attempt, cutover, done, total, unit, label, tail, sample, remaining, own, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $3::double precision is not null, now())
         on conflict (attempt) do update set
           done = case when $3::double precision is null then progress.done else $3 end,
           total = case when $3::double precision is null then progress.total else $4 end,
           unit = case when $3::double precision is null then progress.unit else $5 end,
           label = case when $3::double precision is null then progress.label else $6 end,
           remaining = case when $3::double precision is null then progress.remaining else $9 end,
           own = progress.own or $3::double precision is not null,
           tail = $7, sample = $8, at = now()`,
        [
          progress.attempt,
          progress.cutover,
          ...numbersOf(progress),
          // Text columns cannot hold NUL; programs print it now and then.
          progress.tail.replaceAll('\u0000', '\u2400'),
          progress.sample ?? null,
          progress.left === undefined ? null : JSON.stringify(progress.left),
        ],
      )
    },
    async putServer({ attempt, cutover, progress }) {
      await ask(
        pool,
        `insert into cutover.progress (attempt, cutover, done, total, unit, label, tail, at)
         values ($1, $2, $3, $4, $5, $6, '', now())
         on conflict (attempt) do update set done = $3, total = $4, unit = $5, label = $6, at = now()
         where not progress.own`,
        [attempt, cutover, ...numbersOf(progress)],
      )
    },
    async of(cutover) {
      const { rows } = await ask<ProgressRow>(
        pool,
        `select attempt, done, total, unit, label, tail, sample, remaining, extract(epoch from at) * 1000 as at_ms
         from cutover.progress where cutover = $1`,
        [cutover],
      )
      return new Map(rows.map((row) => [row.attempt, progressOf(row)]))
    },
    async putOutput(attempt, gzipped) {
      for (let start = 0, chunk = 0; start < gzipped.length; start += CHUNK_BYTES, chunk += 1) {
        await ask(
          pool,
          `insert into cutover.output (attempt, chunk, bytes) values ($1, $2, $3)
           on conflict (attempt, chunk) do update set bytes = $3`,
          [attempt, chunk, Buffer.from(gzipped.subarray(start, start + CHUNK_BYTES))],
        )
      }
    },
    async output(attempt) {
      const { rows } = await ask<{ bytes: Buffer }>(
        pool,
        'select bytes from cutover.output where attempt = $1 order by chunk',
        [attempt],
      )
      return rows.length === 0 ? null : Buffer.concat(rows.map((row) => row.bytes))
    },
  }
}

const numbersOf = (
  progress: Pick<AttemptProgress, 'done' | 'total' | 'unit' | 'label'> | undefined,
): readonly (string | number | null)[] => [
  progress?.done ?? null,
  progress?.total ?? null,
  progress?.unit ?? null,
  progress?.label ?? null,
]

interface ProgressRow {
  readonly attempt: string
  readonly done: number | null
  readonly total: number | null
  readonly unit: string | null
  readonly label: string | null
  readonly tail: string
  readonly sample: string | null
  readonly remaining: AttemptProgress['left'] | null
  readonly at_ms: string
}

function progressOf(row: ProgressRow): AttemptProgress {
  return {
    attempt: row.attempt,
    ...(row.done === null ? {} : { done: row.done }),
    ...(row.total === null ? {} : { total: row.total }),
    ...(row.unit === null ? {} : { unit: row.unit }),
    ...(row.label === null ? {} : { label: row.label }),
    ...(row.remaining === null || row.remaining === undefined ? {} : { left: row.remaining }),
    tail: row.tail,
    ...(row.sample === null ? {} : { sample: row.sample }),
    at: Number(row.at_ms),
  }
}
