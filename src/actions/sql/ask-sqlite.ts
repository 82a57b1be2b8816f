import { ActionFailure } from '../action.ts'
import { openSqlite, sqliteCode, sqliteFailure } from '../sqlite/open.ts'
import type { SqliteTarget } from '../targets.ts'
import { duration, oneLine } from '../wording.ts'
import type { Answer, Cell, Question } from './question.ts'
import { askingStatement } from './reading.ts'

/** Asks a SQLite file opened for reading. The time limit is looked at between rows. */
export function askSqlite(target: SqliteTarget, { text, params, timeoutMs, limit }: Question): Answer {
  const statement = askingStatement(text)
  const database = openSqlite(target)
  try {
    const began = performance.now()
    let rows = 0
    let first: Cell[] | undefined
    for (const row of database.prepare(statement).iterate(...params.map(bindable))) {
      if (performance.now() - began > timeoutMs) throw tooSlow(target, timeoutMs)
      first ??= Array.isArray(row) ? row.map(cellOf) : []
      if (rows === limit) return { rows, first, cut: true }
      rows += 1
    }
    return { rows, first, cut: false }
  } catch (error) {
    throw questionFailure(error, target)
  } finally {
    database.close()
  }
}

function bindable(value: string | number | boolean | null) {
  return typeof value === 'boolean' ? Number(value) : value
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'bigint') return value >= MIN && value <= MAX ? Number(value) : String(value)
  if (value === null || typeof value === 'number') return value
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value)
}

const MAX = BigInt(Number.MAX_SAFE_INTEGER)
const MIN = -MAX

function tooSlow({ name }: SqliteTarget, timeoutMs: number): ActionFailure {
  return new ActionFailure(`The query on ${name} took longer than ${duration(timeoutMs)}.`, {
    hint: 'Give it more time with `timeout`, or ask for less.',
    changed: 'nothing was changed',
  })
}

function questionFailure(error: unknown, target: SqliteTarget): unknown {
  const code = sqliteCode(error)
  const said = error instanceof Error ? error.message : ''
  if (code === 'SQLITE_READONLY' || said === WRITES) {
    return new ActionFailure(`The query on ${target.name} writes, and a check only reads.`, {
      hint: 'Make it a `run`, or ask by SELECT.',
      changed: 'nothing was changed',
      cause: error,
    })
  }
  if (error instanceof ActionFailure || (code !== undefined && !OWN_FAULT.has(code)) || !isSqlite(error)) {
    return sqliteFailure(error, { target, what: `The query on ${target.name}` })
  }
  return new ActionFailure(`The query on ${target.name} failed. SQLite says: ${oneLine(said)}`, {
    hint: 'Correct the query in the runbook.',
    changed: 'nothing was changed',
    cause: error,
  })
}

/** Of errors that come up between rows the library gives no more than their text. */
const WRITES = 'attempt to write a readonly database'
const OWN_FAULT: ReadonlySet<string> = new Set(['SQLITE_ERROR', 'SQLITE_RANGE', 'SQLITE_MISMATCH'])

function isSqlite(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
}
