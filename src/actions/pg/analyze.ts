import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { duration } from '../parameters.ts'
import { chooseTables } from '../table-choice.ts'
import { postgresTarget } from '../targets.ts'
import { count, duration as spoken, oneLine } from '../wording.ts'
import { cancelOnAbort } from './cancel.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'

const LOOK_EVERY_MS = 500
const LOCK_TIMEOUT_MS = 10_000

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  tables: z.array(z.string()).min(1).optional().describe('Only these, as `schema.table`; all unless said.'),
  exclude: z.array(z.string()).optional().describe('Tables to leave out, as `schema.table`.'),
  lock_timeout: duration('How long to wait for a table that somebody alters; 10s unless said.').optional(),
})
type Input = z.infer<typeof Input>

export const pgAnalyze: RunAction<Input> = {
  name: 'pg.analyze',
  kind: 'run',
  mutating: false,
  summary:
    'Gathers statistics table by table, as after a restore or a large migration, and shows how far it is. Tables that its user may not analyse are named. Only statistics change.',
  input: Input,
  facts: { tables: 'int', skipped: 'list', durationMs: 'int', unanalysed: 'int' },
  run,
}

interface Table {
  readonly name: string
  readonly quoted: string
}

// A partitioned table takes its partitions along.
const TABLES = `
  select n.nspname || '.' || c.relname as name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { target, lock_timeout: lockTimeoutMs = LOCK_TIMEOUT_MS } = input
  const { attempt, signal } = context
  const began = performance.now()
  const client = await connectPostgres(target, { attempt, lockTimeoutMs })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  let at = ''
  let done = 0
  try {
    const all = (await client.query<Table>(TABLES)).rows
    const tables = chooseTables(all, { place: target.name, tables: input.tables, exclude: input.exclude })
    const skipped = noteSkipped(client, context)
    for (const table of tables) {
      signal.throwIfAborted()
      at = table.name
      await watched(client, { input, context, table: at, done, total: tables.length }, async () =>
        client.query(`analyze ${table.quoted}`),
      )
      done += 1
    }
    const analysed = tables.length - skipped.length
    const durationMs = Math.round(performance.now() - began)
    const without =
      skipped.length === 0 ? '' : `; ${count(skipped.length, 'table')} left out: its user may not`
    return {
      summary: `${count(analysed, 'table')} analysed in ${spoken(durationMs)}${without}`,
      facts: { tables: analysed, skipped, durationMs, unanalysed: await unanalysed(client) },
    }
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, {
      what: at === '' ? `Analysing ${target.name}` : `Analysing ${at}`,
      changed: `${count(done, 'table')} analysed before it; only statistics changed`,
    })
  } finally {
    stop()
    await client.end().catch(() => undefined)
  }
}

/** The list grows with each table that PostgreSQL says it leaves out. */
function noteSkipped(client: Client, { log }: ActionContext): readonly string[] {
  const skipped: string[] = []
  client.on('notice', ({ message = '', severity }) => {
    if (severity !== 'WARNING') return
    log(oneLine(message, 300))
    const name = /"([^"]+)"/.exec(message)?.[1]
    if (name !== undefined) skipped.push(name)
  })
  return skipped
}

interface Watched {
  readonly input: Input
  readonly context: ActionContext
  readonly table: string
  readonly done: number
  readonly total: number
}

/** From PostgreSQL 13 on a second connection sees how much of the sample has been read. */
async function watched(
  client: Client,
  { input, context, table, done, total }: Watched,
  work: () => Promise<unknown>,
): Promise<void> {
  const tell = (label: string) => context.progress({ done, total, unit: 'tables', label })
  tell(table)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  let monitor: Client | undefined
  const look = async () => {
    monitor ??= await connectPostgres(input.target, { attempt: context.attempt, statementTimeoutMs: 5000 })
    const seen = await monitor.query<{ phase: string; percent: number | null }>(
      `select phase, (100 * sample_blks_scanned / nullif(sample_blks_total, 0))::int as percent
       from pg_stat_progress_analyze where pid = $1`,
      [pid],
    )
    const [row] = seen.rows
    if (row) tell(`${table}: ${row.phase}${row.percent === null ? '' : ` ${row.percent} %`}`)
  }
  let looking: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    // The work does not depend on being watched.
    looking = looking.then(look).catch(() => undefined)
  }, LOOK_EVERY_MS)
  try {
    await work()
  } finally {
    clearInterval(timer)
    await looking
    await monitor?.end().catch(() => undefined)
  }
}

/** Tables without statistics: before PostgreSQL 14 an empty one cannot be told from one that was never looked at. */
async function unanalysed(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and c.reltuples = -1 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  )
  return rows[0]?.n ?? 0
}
