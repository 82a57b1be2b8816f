import type { Client } from 'pg'
import { Query } from 'pg'
import { connectPostgres } from '../pg/connect.ts'
import { postgresFailure } from '../pg/failures.ts'
import type { PostgresTarget } from '../targets.ts'
import type { Answer, Cell, Question } from './question.ts'
import { askingStatement } from './reading.ts'

const LOCK_TIMEOUT_MS = 5_000
const ROWS_AT_ONCE = 500
const BOOLEAN = 16
/** int8, int2, int4, oid, float4, float8, numeric. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700])

/**
 * Asks in a read-only transaction with a statement timeout, which is never committed. The extended protocol takes one
 * statement only, whatever our own reading of the text was.
 */
export async function askPostgres(
  target: PostgresTarget,
  question: Question,
  { attempt, signal }: { attempt: string; signal: AbortSignal },
): Promise<Answer> {
  const text = askingStatement(question.text)
  const client = await connectPostgres(target, {
    attempt,
    statementTimeoutMs: question.timeoutMs,
    lockTimeoutMs: Math.min(LOCK_TIMEOUT_MS, question.timeoutMs),
  })
  // Ending the connection in the middle of a query closes it at once, and the server notices.
  const stop = () => void client.end()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await client.query('begin transaction read only')
    return await read(client, { ...question, text })
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, { what: `The query on ${target.name}`, changed: 'nothing was changed' })
  } finally {
    signal.removeEventListener('abort', stop)
    await client.end().catch(() => undefined)
  }
}

function read(client: Client, { text, params, limit }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let rows = 0
    let first: Cell[] | undefined
    // The types of pg know neither `rowMode` nor `rows` here; both are read by its Query.
    const config = {
      text,
      values: [...params],
      rowMode: 'array',
      rows: Math.min(limit + 1, ROWS_AT_ONCE),
      types: { getTypeParser: () => (value: string) => value },
    }
    const query = new Query<(string | null)[]>(config)
    query.on('row', (row, result) => {
      first ??= row.map((cell, column) => cellOf(cell, result?.fields[column]?.dataTypeID))
      if (rows === limit) resolve({ rows, first, cut: true })
      else rows += 1
    })
    query.on('error', reject)
    query.on('end', () => resolve({ rows, first, cut: false }))
    client.query(query)
  })
}

/** Wide integers and long numerics stay text, so that no digit is lost. */
function cellOf(cell: string | null, type: number | undefined): Cell {
  if (cell === null || type === undefined) return cell
  if (type === BOOLEAN) return cell === 't'
  if (!NUMBERS.has(type)) return cell
  const number = Number(cell)
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
    ? number
    : cell
}
