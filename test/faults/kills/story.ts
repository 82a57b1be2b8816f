import type { Pool } from 'pg'

/** What the log says of one run: a cutover with one step. Times are the log's, in milliseconds. */
export interface Story {
  readonly cutover: string
  /** Nothing more follows by itself. */
  readonly isOver: boolean
  readonly outcome: 'succeeded' | 'failed' | 'unknown' | 'refused' | 'open'
  /** In the log's words, where it did not succeed. */
  readonly why: string
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
const ENDS: ReadonlySet<StoryEvent> = new Set(['attempt ended', 'attempt unknown', 'attempt refused'])

interface Row {
  readonly cutover: string
  readonly type: StoryEvent
  readonly attempt: string
  readonly at: string
  readonly outcome: string | null
  readonly why: string | null
}

/** Reads the stories of many runs by one question. */
export async function readStories(pool: Pool, cutovers: readonly string[]): Promise<readonly Story[]> {
  const { rows } = await pool.query<Row>(
    `select cutover, type, at_ms::text as at, e.it->>'attempt' as attempt, e.it->>'outcome' as outcome,
       coalesce(e.it->>'why', e.it->>'summary') as why
     from cutover.event, lateral (select data::jsonb as it) e
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

function storyOf(cutover: string, rows: readonly Row[]): Story {
  const last = rows.at(-1)
  const own = rows.filter(({ attempt }) => attempt === last?.attempt)
  const at: Partial<Record<StoryEvent, number>> = {}
  for (const row of own) at[row.type] ??= Number(row.at)
  const end = own.find(({ type }) => ENDS.has(type))
  return {
    cutover,
    at,
    isOver: end !== undefined,
    outcome: outcomeOf(end),
    why: end?.why ?? '',
    attempts: new Set(rows.map(({ attempt }) => attempt)).size,
  }
}

function outcomeOf(end: Row | undefined): Story['outcome'] {
  switch (end?.type) {
    case undefined:
      return 'open'
    case 'attempt ended':
      return end.outcome === 'succeeded' ? 'succeeded' : 'failed'
    case 'attempt unknown':
      return 'unknown'
    default:
      return 'refused'
  }
}
