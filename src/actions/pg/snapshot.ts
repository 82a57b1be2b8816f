import { resolve } from 'node:path'
import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { FileName } from '../files/backup-place.ts'
import { hostPath } from '../parameters.ts'
import type { PostgresTarget } from '../targets.ts'
import { postgresTarget } from '../targets.ts'
import { bytes, count, oneLine } from '../wording.ts'
import { cancelOnAbort } from './cancel.ts'
import { connectPostgres, databaseOf } from './connect.ts'
import { postgresFailure } from './failures.ts'
import type { Difference, Snapshot } from './snapshot/file.ts'
import { differencesBetween, readSnapshot, writeSnapshot } from './snapshot/file.ts'
import type { Entries, Part } from './snapshot/parts.ts'
import { PARTS, readPart, readRows } from './snapshot/parts.ts'

/** Lines kept as facts; the file and the attempt's output have all. */
const KEPT_LINES = 100
const NAMED = 3

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  to: hostPath('Folder of the snapshot, made (0700) when it is not there; the file in it is 0600.'),
  stamp: FileName.optional().describe(
    'Stamp in the name of the file, as `$cutover.stamp`; the time in UTC unless said.',
  ),
  rows: z
    .enum(['exact', 'estimate'])
    .default('exact')
    .describe(
      '`exact` counts the rows of every table; `estimate` takes what the statistics believe, at once.',
    ),
  against: hostPath('An earlier snapshot, as `$before.file`: what differs is shown line by line.').optional(),
  expect_same: z
    .array(z.enum(PARTS))
    .optional()
    .describe(
      `Fail when one of these differs from the earlier snapshot: ${PARTS.map((part) => `\`${part}\``).join(', ')}.`,
    ),
})
type Input = z.infer<typeof Input>

export const pgSnapshot: RunAction<Input> = {
  name: 'pg.snapshot',
  kind: 'run',
  mutating: false,
  summary:
    'Writes down how a database is made and how many rows it holds, in one transaction: tables, columns, rows, indexes and constraints with their validity, sequences, views, functions, triggers, policies, extensions, and the settings that somebody has set. With `against` it shows what is new (+), gone (-) or otherwise (~) since an earlier one.',
  input: Input,
  facts: {
    file: 'path',
    tables: 'int',
    rows: 'int',
    indexes: 'int',
    constraints: 'int',
    sequences: 'int',
    bytes: 'int',
    invalid: 'list',
    differences: 'int',
    differing: 'list',
  },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { against, expect_same: expectSame = [] } = input
  if (against === undefined && expectSame.length > 0) {
    throw new ActionFailure('There is no earlier snapshot that anything could be the same as.', {
      hint: 'Name it in against:, as $before.file, beside expect_same.',
      changed: 'nothing was changed',
    })
  }
  const before = against === undefined ? undefined : await readSnapshot(resolve(against))
  const snapshot = await take(input.target, input.rows === 'exact', context)
  const file = await writeSnapshot(resolve(input.to), snapshot, input.stamp)
  const differences = before ? differencesBetween(before, snapshot) : []
  for (const { part, line } of differences) context.log(`${part}: ${line}`)
  const facts = factsOf(file, snapshot, differences)
  const unwanted = differences.filter(({ part }) => expectSame.includes(part))
  if (before && unwanted.length > 0) throw notTheSame(before, unwanted, facts)
  const compared = before
    ? `; ${differences.length === 0 ? 'the same as' : `${count(differences.length, 'difference')} from`} ${before.at.slice(0, 16).replace('T', ' ')} UTC`
    : ''
  return {
    summary: `${count(facts.tables, 'table')}, ${facts.rows === null ? '' : `${count(facts.rows, 'row')}, `}${bytes(snapshot.bytes)}${compared}`,
    facts,
  }
}

async function take(target: PostgresTarget, exact: boolean, context: ActionContext): Promise<Snapshot> {
  const { attempt, signal } = context
  const client = await connectPostgres(target, { attempt })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  try {
    await client.query('begin isolation level repeatable read read only')
    // Nothing may be left out of a name, and nothing hidden by a policy.
    await client.query('set local search_path = pg_catalog; set local row_security = off')
    return {
      version: 1,
      attempt,
      database: databaseOf(target),
      exact,
      ...(await aboutDatabase(client)),
      parts: await readParts(client, exact, context),
    }
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, { what: `Looking at ${target.name}`, changed: 'nothing was changed' })
  } finally {
    stop()
    await client.end().catch(() => undefined)
  }
}

async function aboutDatabase(client: Client): Promise<Pick<Snapshot, 'at' | 'server' | 'bytes'>> {
  const { rows } = await client.query<{ at: Date; server: string; bytes: number }>(
    `select now() as at, current_setting('server_version') as server, pg_database_size(current_database())::float8 as bytes`,
  )
  const [row] = rows
  return { at: (row?.at ?? new Date()).toISOString(), server: row?.server ?? '', bytes: row?.bytes ?? 0 }
}

async function readParts(
  client: Client,
  exact: boolean,
  { progress }: ActionContext,
): Promise<Record<Part, Entries>> {
  const onTable = (label: string, done: number, total: number) =>
    progress({ done, total, unit: 'tables', label })
  return {
    tables: await readPart(client, 'tables'),
    columns: await readPart(client, 'columns'),
    rows: await readRows(client, { exact, onTable }),
    indexes: await readPart(client, 'indexes'),
    constraints: await readPart(client, 'constraints'),
    sequences: await readPart(client, 'sequences'),
    views: await readPart(client, 'views'),
    functions: await readPart(client, 'functions'),
    triggers: await readPart(client, 'triggers'),
    policies: await readPart(client, 'policies'),
    extensions: await readPart(client, 'extensions'),
    settings: await readPart(client, 'settings'),
  }
}

function factsOf(file: string, { parts, bytes: size, exact }: Snapshot, differences: readonly Difference[]) {
  const howMany = (part: Part) => Object.keys(parts[part]).length
  const counted = Object.values(parts.rows).map(Number)
  const doubtful = [...Object.entries(parts.indexes), ...Object.entries(parts.constraints)]
  return {
    file,
    tables: howMany('tables'),
    rows: exact ? counted.reduce((sum, rows) => sum + rows, 0) : null,
    indexes: howMany('indexes'),
    constraints: howMany('constraints'),
    sequences: howMany('sequences'),
    bytes: size,
    invalid: doubtful.flatMap(([name, how]) => (/ \((invalid|not validated)\)$/.test(how) ? [name] : [])),
    differences: differences.length,
    differing: differences.slice(0, KEPT_LINES).map(({ part, line }) => oneLine(`${part}: ${line}`, 300)),
  }
}

function notTheSame(
  before: Snapshot,
  unwanted: readonly Difference[],
  facts: ReturnType<typeof factsOf>,
): ActionFailure {
  const named = unwanted.slice(0, NAMED).map(({ part, line }) => `${part}: ${oneLine(line, 120)}`)
  const more = unwanted.length > NAMED ? `; and ${unwanted.length - NAMED} more` : ''
  return new ActionFailure(
    `${before.database} is not the same as it was at ${before.at.slice(0, 16).replace('T', ' ')} UTC: ${named.join('; ')}${more}.`,
    {
      hint: 'The output of this attempt has every line. Nobody should go on before each is explained.',
      changed: 'nothing was changed: a snapshot only reads',
      facts,
    },
  )
}
