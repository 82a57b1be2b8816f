import type { Client } from 'pg'
import { DatabaseError, escapeIdentifier } from 'pg'
import { z } from 'zod'
import type { ActionContext, Part, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration, pinnedFiles } from '../parameters.ts'
import { leftOf } from '../../domain/parts.ts'
import type { Statement } from '../sql/statements.ts'
import { lineAt } from '../sql/statements.ts'
import type { PostgresTarget } from '../targets.ts'
import { postgresTarget } from '../targets.ts'
import { count } from '../wording.ts'
import type { SqlFile } from './apply-files.ts'
import { readSqlFiles } from './apply-files.ts'
import { watchBlockers } from './blockers.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'

const LOCK_TIMEOUT_MS = 5_000

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  files: pinnedFiles('SQL files, or folders whose `*.sql` are taken by name; applied in this order.'),
  lock_timeout: duration('How long a statement may wait for a lock; 5s unless said.').optional(),
})
type Input = z.infer<typeof Input>

export const pgApply: RunAction<Input> = {
  name: 'pg.apply',
  kind: 'run',
  hasParts: true,
  mutating: true,
  summary:
    'Applies SQL files, each in one transaction, and stops at the first error with its file and line. What is applied is recorded in the table `cutover_applied`: the same file is skipped the next time, a changed one is an error.',
  input: Input,
  facts: { applied: 'list', skipped: 'list', statements: 'int' },
  run,
}

interface Applying {
  readonly target: PostgresTarget
  readonly lockTimeoutMs: number
  readonly monitor: Client
  readonly context: ActionContext
  /** Where `cutover_applied` lies, quoted: a file may change the search path. */
  readonly schema: string
}

async function run({ target, files, lock_timeout }: Input, context: ActionContext): Promise<RunResult> {
  const sql = await readSqlFiles(context.files, files)
  const lockTimeoutMs = lock_timeout ?? LOCK_TIMEOUT_MS
  const monitor = await connectPostgres(target, { attempt: context.attempt, lockTimeoutMs })
  try {
    const { schema, skipped } = await prepare(monitor, target, sql)
    const applying = { target, lockTimeoutMs, monitor, context, schema }
    const parts = partsOf(sql, skipped)
    const applied = await applyAll(applying, { sql, skipped, parts })
    const statements = applied.reduce((sum, file) => sum + file.statements.length, 0)
    return {
      summary: summaryOf(applied.length, skipped.size, statements),
      facts: { applied: applied.map(({ name }) => name), skipped: [...skipped], statements },
      parts: parts.list(),
    }
  } finally {
    await monitor.end()
  }
}

function summaryOf(applied: number, skipped: number, statements: number): string {
  const before = skipped === 0 ? '' : `, ${count(skipped, 'file')} applied before and skipped`
  return `${count(applied, 'file')} applied (${count(statements, 'statement')})${before}`
}

async function prepare(monitor: Client, target: PostgresTarget, sql: readonly SqlFile[]) {
  try {
    const schema = await prepareRecord(monitor, target)
    return { schema, skipped: await alreadyApplied(monitor, schema, sql) }
  } catch (error) {
    throw postgresFailure(error, { what: `Preparing ${target.name}`, changed: 'nothing was applied' })
  }
}

async function prepareRecord(monitor: Client, target: PostgresTarget): Promise<string> {
  const { rows } = await monitor.query<{ schema: string | null }>('select current_schema() as schema')
  const schema = rows[0]?.schema ?? null
  if (schema === null) {
    throw new ActionFailure(`${target.name} has no schema to work in: none of its search_path exists.`, {
      hint: 'Create the schema, or correct the search_path of the user.',
      changed: 'nothing was applied',
    })
  }
  const quoted = escapeIdentifier(schema)
  await monitor.query(`create table if not exists ${quoted}.cutover_applied (
    file text primary key, sha256 text not null, applied_at timestamptz not null default now(), attempt text not null)`)
  return quoted
}

/** Names of the files that are in already; a file that was changed since then stops everything. */
async function alreadyApplied(
  monitor: Client,
  schema: string,
  sql: readonly SqlFile[],
): Promise<ReadonlySet<string>> {
  const { rows } = await monitor.query<{ file: string; sha256: string; applied_at: Date }>(
    `select file, sha256, applied_at from ${schema}.cutover_applied where file = any($1)`,
    [sql.map(({ name }) => name)],
  )
  for (const { file, sha256, applied_at } of rows) {
    if (sql.some(({ name, sha256: now }) => name === file && now !== sha256)) {
      throw new ActionFailure(
        `${file} was applied with another content on ${applied_at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
        {
          hint: 'Leave an applied file as it is and write the change into a new one.',
          changed: 'nothing was applied',
        },
      )
    }
  }
  return new Set(rows.map(({ file }) => file))
}

interface Files {
  readonly sql: readonly SqlFile[]
  readonly skipped: ReadonlySet<string>
  readonly parts: ReturnType<typeof partsOf>
}

/** What becomes of each file that was not in before. */
function partsOf(sql: readonly SqlFile[], skipped: ReadonlySet<string>) {
  const parts = new Map<string, Part>(
    sql.filter(({ name }) => !skipped.has(name)).map(({ name }) => [name, { name, outcome: 'not run' }]),
  )
  return {
    list: () => [...parts.values()],
    applying: async (name: string, work: () => Promise<void>) => {
      const startedAt = Date.now()
      const set = (outcome: Part['outcome']) =>
        parts.set(name, { name, outcome, startedAt, durationMs: Date.now() - startedAt })
      try {
        await work()
        set('done')
      } catch (error) {
        set('failed')
        throw error instanceof ActionFailure ? error.withParts([...parts.values()]) : error
      }
    },
  }
}

async function applyAll(applying: Applying, { sql, skipped, parts }: Files) {
  const { context } = applying
  const applied: SqlFile[] = []
  for (const [index, file] of sql.entries()) {
    const rest = sql.slice(index).filter(({ name }) => !skipped.has(name))
    const left = leftOf(
      rest.map(({ name }) => name),
      context.estimates ?? {},
    )
    context.progress({
      done: applied.length + skipped.size,
      total: sql.length,
      unit: 'files',
      label: file.name,
      ...(left === null ? {} : { left }),
    })
    if (skipped.has(file.name)) {
      context.log(`${file.name}: applied before with the same content, skipped`)
      continue
    }
    context.signal.throwIfAborted()
    await parts.applying(file.name, () => applyOne(applying, file, standing(applied, skipped, file)))
    context.log(`${file.name}: ${count(file.statements.length, 'statement')} applied`)
    applied.push(file)
  }
  context.progress({ done: sql.length, total: sql.length, unit: 'files' })
  return applied
}

/** What is in when this file fails: `nothing of 0002.sql was applied; 0001.sql is in`. */
function standing(applied: readonly SqlFile[], skipped: ReadonlySet<string>, { name }: SqlFile): string {
  const inside = [...skipped, ...applied.map((file) => file.name)]
  const last = inside.at(-1)
  if (last === undefined) return `nothing of ${name} was applied`
  return `nothing of ${name} was applied; ${inside.length === 1 ? `${last} is` : `${inside.length} files up to ${last} are`} in`
}

async function applyOne(applying: Applying, file: SqlFile, changed: string) {
  const { target, lockTimeoutMs, monitor, context, schema } = applying
  // A session for each file: what one of them sets does not reach the next.
  const client = await connectPostgres(target, { attempt: context.attempt, lockTimeoutMs })
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  const cancel = () => void monitor.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined)
  context.signal.addEventListener('abort', cancel, { once: true })
  const blockers = watchBlockers(monitor, pid, (label) =>
    context.progress({ done: 0, unit: 'files', label: `${file.name} ${label}` }),
  )
  let statement: Statement | undefined
  try {
    await client.query('begin')
    for (statement of file.statements) {
      context.signal.throwIfAborted()
      await client.query(statement.text)
    }
    statement = undefined
    await client.query(`insert into ${schema}.cutover_applied (file, sha256, attempt) values ($1, $2, $3)`, [
      file.name,
      file.sha256,
      context.attempt,
    ])
    await client.query('commit')
  } catch (error) {
    if (context.signal.aborted) throw cancelled(changed)
    throw applyFailure(error, { file, statement, changed, blocker: blockers.last() })
  } finally {
    context.signal.removeEventListener('abort', cancel)
    await blockers.stop()
    await client.end().catch(() => undefined)
  }
}

interface Place {
  readonly file: SqlFile
  /** Undefined: at the commit, where deferred constraints are looked at. */
  readonly statement: Statement | undefined
  readonly changed: string
  readonly blocker: string | undefined
}

const LOCK_NOT_AVAILABLE = '55P03'

function applyFailure(error: unknown, { file, statement, changed, blocker }: Place): ActionFailure {
  const where = statement ? `${file.name}:${lineOf(error, statement)}` : `${file.name} (at its end)`
  if (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE && blocker !== undefined) {
    return new ActionFailure(`${where} could not get a lock: it is held by ${blocker}.`, {
      hint: 'End that session or wait for it, then try again.',
      changed,
      cause: error,
    })
  }
  // The answer to a commit may be lost on its way back.
  const unknown = !statement && !(error instanceof DatabaseError)
  return postgresFailure(error, {
    what: where,
    changed: unknown ? `look into cutover_applied whether ${file.name} is in` : changed,
  })
}

/** PostgreSQL says where in the statement it stumbled, where it knows: in characters, from 1. */
function lineOf(error: unknown, { text, line }: Statement): number {
  const position = error instanceof DatabaseError ? Number(error.position ?? 1) : 1
  const before = [...text].slice(0, position - 1).join('')
  return line + lineAt(before, before.length) - 1
}

function cancelled(changed: string): ActionFailure {
  return new ActionFailure('Cancelled.', {
    hint: 'What is in stays in: apply the rest, or undo the step.',
    changed,
  })
}
