import type { Pool } from 'pg'

/** What the log says of one run: a cutover with one step. Times are the log's, in milliseconds. */
export interface Story {
  readonly cutover: string
  /** Nothing more follows by itself. */
  readonly isOver: boolean
  /** `ended` without success: failed or cancelled. */
  readonly outcome: 'succeeded' | 'ended' | 'unknown' | 'refused' | 'open'
  readonly attempts: number
  /** Of the last attempt: when each of its events was recorded, first of its kind. */
  readonly at: Readonly<Partial<Record<StoryEvent, number>>>
}

const EVENTS = [
  'attempt dispatched',
  'attempt claimed',
  'attempt spawning',
  'attempt running',
  'attempt adopted',
  'attempt revoked',
  'attempt refused',
  'attempt ended',
  'attempt unknown',
] as const
export type StoryEvent = (typeof EVENTS)[number]

/** Reads the stories of many runs by one question. */
export async function readStories(pool: Pool, cutovers: readonly string[]): Promise<readonly Story[]> {
  const { rows } = await pool.query<Row>(
    `select cutover, type, data::jsonb->>'attempt' as attempt, data::jsonb->>'outcome' as outcome, at_ms::text as at
     from cutover.event
     where cutover = any($1) and type = any($2) order by cutover, position`,
    [cutovers, EVENTS],
  )
  return cutovers.map((cutover) =>
    storyOf(
      cutover,
      rows.filter((row) => row.cutover === cutover),
    ),
  )
}

interface Row {
  readonly cutover: string
  readonly type: StoryEvent
  readonly attempt: string
  /** Of `attempt ended`. */
  readonly outcome: string | null
  readonly at: string
}

function storyOf(cutover: string, rows: readonly Row[]): Story {
  const attempt = rows.at(-1)?.attempt
  const at: Partial<Record<StoryEvent, number>> = {}
  for (const row of rows) if (row.attempt === attempt) at[row.type] ??= Number(row.at)
  const hasSucceeded = rows.some((row) => row.attempt === attempt && row.outcome === 'succeeded')
  const outcome = hasSucceeded
    ? 'succeeded'
    : at['attempt ended'] !== undefined
      ? 'ended'
      : at['attempt unknown'] !== undefined
        ? 'unknown'
        : at['attempt refused'] !== undefined
          ? 'refused'
          : 'open'
  const attempts = new Set(rows.map((row) => row.attempt)).size
  return { cutover, isOver: outcome !== 'open', outcome, attempts, at }
}
