import type { Client } from 'pg'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration } from '../parameters.ts'
import type { PostgresTarget } from '../targets.ts'
import { postgresTarget } from '../targets.ts'
import { count } from '../wording.ts'
import { watchBlockers } from './blockers.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'
import { freeName, stampInName } from './names.ts'
import type { SchemaState } from './schema-state.ts'
import { readSchemaState } from './schema-state.ts'

const LOCK_TIMEOUT_MS = 5_000
const NOTHING = 'nothing was changed'

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  schema: z.string().min(1).optional().describe('The schema to set aside; `public` unless said.'),
  oid: z
    .int()
    .positive()
    .optional()
    .describe(
      'Identity of the schema, as a step before recorded it: another one of the same name is refused.',
    ),
  stamp: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/, 'a stamp has letters, digits and _ . - only')
    .optional()
    .describe('Stamp in the name of what is kept, as `$cutover.stamp`; the attempt unless said.'),
  lock_timeout: duration('How long to wait for those who still use its tables; 5s unless said.').optional(),
})
type Input = z.infer<typeof Input>

/**
 * The inverse of a copy. A schema is renamed rather than the database: that needs no connection to another database,
 * no right to create databases, ends nobody's session, and is one transaction, so it happens wholly or not at all.
 */
export const pgSetAside: RunAction<Input> = {
  name: 'pg.set-aside',
  kind: 'run',
  mutating: true,
  summary:
    'Sets aside what a cutover made in PostgreSQL: renames the schema with all in it, keeps it, and makes an empty one of the same name, owner and rights, in one transaction. It waits for nobody longer than `lock_timeout`. An empty schema is left as it is, so a second run does no harm.',
  input: Input,
  facts: { keptAs: 'text', tables: 'int', oid: 'int', freshOid: 'int' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { target } = input
  const lockTimeoutMs = input.lock_timeout ?? LOCK_TIMEOUT_MS
  const options = { attempt: context.attempt, lockTimeoutMs }
  const client = await connectPostgres(target, options)
  const monitor = await connectPostgres(target, options)
  const pid = await pidOf(client)
  const blockers = watchBlockers(monitor, pid, (label) =>
    context.progress({ done: 0, unit: 'tables', label }),
  )
  const cancel = () => void monitor.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined)
  context.signal.addEventListener('abort', cancel, { once: true })
  try {
    return await setAside(client, input, context)
  } catch (error) {
    throw failureOf(error, target, blockers.last(), context.signal.aborted)
  } finally {
    context.signal.removeEventListener('abort', cancel)
    await blockers.stop()
    await Promise.allSettled([client.end(), monitor.end()])
  }
}

async function setAside(client: Client, input: Input, context: ActionContext): Promise<RunResult> {
  const name = input.schema ?? 'public'
  await client.query('begin')
  // Two of these at once would both see the schema full, and the second would set the fresh one aside.
  await client.query(`select pg_advisory_xact_lock(hashtext('cutover.set-aside'), hashtext($1))`, [name])
  const before = await readSchemaState(client, name)
  refuseUnlessTheOne(before, name, input)
  if (before.tables.length === 0 && before.others === 0) {
    await client.query('rollback')
    return nothingToDo(name, before)
  }
  const keptAs = await nameForKept(client, name, input.stamp ?? context.attempt)
  for (const [index, table] of before.tables.entries()) {
    context.signal.throwIfAborted()
    context.progress({ done: index, total: before.tables.length, unit: 'tables', label: `locking ${table}` })
    await client.query(
      `lock table ${escapeIdentifier(name)}.${escapeIdentifier(table)} in access exclusive mode`,
    )
  }
  // What came in while it waited for the locks would be moved unseen; what was read must still be so.
  refuseUnlessTheOne(await readSchemaState(client, name), name, { target: input.target, oid: before.oid })
  const freshOid = await exchange(client, { name, keptAs, before, attempt: context.attempt })
  await commit(client, input.target, keptAs)
  return {
    summary: `${count(before.tables.length, 'table')} of ${name} kept as ${keptAs}; ${name} is empty`,
    facts: { keptAs, tables: before.tables.length, oid: before.oid, freshOid },
  }
}

/** The answer to a commit may be lost on its way back: then only a look tells. */
async function commit(client: Client, target: PostgresTarget, keptAs: string) {
  try {
    await client.query('commit')
  } catch (error) {
    const changed = `look whether ${target.name} has a schema ${keptAs}: then it was done`
    throw postgresFailure(error, { what: `Setting ${target.name} aside`, changed })
  }
}

function nothingToDo(name: string, { oid, comment }: SchemaState): RunResult {
  const keptAs = /kept as (\S+)/.exec(comment ?? '')?.[1] ?? null
  const before = keptAs === null ? '' : `; what was there is kept as ${keptAs}`
  return {
    summary: `${name} is empty, there is nothing to set aside${before}`,
    facts: { keptAs, tables: 0, oid, freshOid: null },
  }
}

function refuseUnlessTheOne(
  state: SchemaState | undefined,
  name: string,
  { target, oid }: Pick<Input, 'target' | 'oid'>,
): asserts state is SchemaState {
  if (!state) {
    throw new ActionFailure(`${target.name} has no schema called ${name}.`, {
      hint: 'Look which schema the cutover filled, and name it.',
      changed: NOTHING,
    })
  }
  if (oid === undefined || oid === state.oid) return
  throw new ActionFailure(
    `The schema ${name} of ${target.name} is not the one that was recorded: its oid is ${state.oid}, not ${oid}.`,
    {
      hint: 'Somebody has put another schema in its place. Look at both before anything is moved.',
      changed: NOTHING,
    },
  )
}

async function nameForKept(client: Client, name: string, stamp: string): Promise<string> {
  const { rows } = await client.query<{ nspname: string }>('select nspname from pg_namespace')
  const taken = new Set(rows.map(({ nspname }) => nspname))
  return freeName(name, { suffix: `_aside_${stampInName(stamp)}`, taken })
}

interface Exchange {
  readonly name: string
  readonly keptAs: string
  readonly before: SchemaState
  readonly attempt: string
}

/** Returns the oid of the fresh schema. */
async function exchange(client: Client, { name, keptAs, before, attempt }: Exchange): Promise<number> {
  const fresh = escapeIdentifier(name)
  await client.query(`alter schema ${fresh} rename to ${escapeIdentifier(keptAs)}`)
  await client.query(`create schema ${fresh} authorization ${escapeIdentifier(before.owner)}`)
  for (const grant of before.grants) await client.query(grant)
  // An extension serves the schema of that name, not the kept copy: its types and functions come along.
  for (const extension of before.extensions) {
    await client.query(`alter extension ${escapeIdentifier(extension)} set schema ${fresh}`)
  }
  const note = escapeLiteral(`Fresh since cutover:${attempt}; what was there is kept as ${keptAs}`)
  await client.query(`comment on schema ${fresh} is ${note}`)
  const { rows } = await client.query<{ oid: number }>(
    'select oid::int8::float8 as oid from pg_namespace where nspname = $1',
    [name],
  )
  return rows[0]?.oid ?? 0
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

function failureOf(
  error: unknown,
  target: PostgresTarget,
  blocker: string | undefined,
  aborted: boolean,
): unknown {
  if (error instanceof ActionFailure) return error
  if (aborted) {
    return new ActionFailure('Cancelled.', {
      hint: 'Try again when it suits.',
      changed: NOTHING,
      cause: error,
    })
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === '55P03' && blocker !== undefined) {
    return new ActionFailure(`Somebody still uses the tables of ${target.name}: ${blocker}.`, {
      hint: 'Stop the services that use it, or end that session, then try again.',
      changed: NOTHING,
      cause: error,
    })
  }
  return postgresFailure(error, { what: `Setting ${target.name} aside`, changed: NOTHING })
}
