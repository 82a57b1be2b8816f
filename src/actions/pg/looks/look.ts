import type { QueryResultRow } from 'pg'
import type { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult, Facts } from '../../action.ts'
import { duration } from '../../parameters.ts'
import type { PostgresTarget } from '../../targets.ts'
import { postgresTarget } from '../../targets.ts'
import { connectPostgres } from '../connect.ts'
import { postgresFailure } from '../failures.ts'

const TIMEOUT_MS = 15_000
const LOCK_TIMEOUT_MS = 5_000

/** Parameters that every look at a PostgreSQL server takes. */
export const onTarget = {
  target: postgresTarget().describe('The PostgreSQL database.'),
  timeout: duration('How long one of its queries may take; 15s unless said.').optional(),
}

interface OnTarget {
  readonly target: PostgresTarget
  readonly timeout?: number | undefined
}

/** Gives the rows of one query, in the read-only transaction of the look. */
export type Ask = <Row extends QueryResultRow>(query: string, values?: readonly unknown[]) => Promise<Row[]>

/** What a look saw. Each number is what `expect` may bound; `null` is unknown, and never good. */
export interface Seen {
  readonly answer: string
  /** The verdict where the runbook gives no `expect`. */
  readonly green: boolean
  /** The main number: its meaning stands in the action's summary. */
  readonly value?: number | string | null
  /** How many things were found. */
  readonly rows?: number | null
  /** Bytes. */
  readonly size?: number | null
  /** Milliseconds. */
  readonly age?: number | null
  readonly facts: Facts
}

/** One ready-made look at a PostgreSQL server: what it asks and how the answer is read. */
export interface Definition<Input extends OnTarget> {
  readonly name: string
  readonly summary: string
  readonly input: CheckAction<Input>['input'] & z.ZodType<Input>
  readonly facts: CheckAction<Input>['facts']
  readonly look: (ask: Ask, input: Input, context: ActionContext) => Promise<Seen>
}

/**
 * A check action from its definition: one connection, a transaction that refuses to write, a time limit for each
 * query. Its facts are the JSON document that `expect: { json: … }` looks into.
 */
export function pgLook<Input extends OnTarget>(definition: Definition<Input>): CheckAction<Input> {
  const { name, summary, input, facts, look } = definition
  return {
    name,
    kind: 'check',
    summary,
    input,
    facts,
    check: async (given, context) =>
      resultOf(await lookReadOnly(given, context, (ask) => look(ask, given, context))),
  }
}

function resultOf({ answer, green, facts, ...numbers }: Seen): CheckResult {
  return { answer, green, facts, measured: { ...numbers, json: facts } }
}

/** Looks in a transaction that refuses to write; the connection ends with it. */
export async function lookReadOnly<T>(
  { target, timeout }: OnTarget,
  { attempt, signal }: ActionContext,
  look: (ask: Ask) => Promise<T>,
): Promise<T> {
  const timeoutMs = timeout ?? TIMEOUT_MS
  const client = await connectPostgres(target, {
    attempt,
    statementTimeoutMs: timeoutMs,
    lockTimeoutMs: Math.min(LOCK_TIMEOUT_MS, timeoutMs),
  })
  // Ending the connection in the middle of a query closes it at once, and the server notices.
  const stop = () => void client.end()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await client.query('begin transaction read only')
    return await look(async (query, values = []) => {
      signal.throwIfAborted()
      return (await client.query(query, [...values])).rows
    })
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, { what: `Looking at ${target.name}`, changed: 'nothing was changed' })
  } finally {
    signal.removeEventListener('abort', stop)
    await client.end().catch(() => undefined)
  }
}

/** The one row of a query that always gives one. */
export async function askOne<Row extends QueryResultRow>(
  ask: Ask,
  query: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  const [row] = await ask<Row>(query, values)
  if (!row) throw new Error('A query that always gives a row gave none.')
  return row
}

const NAMED = 3

/** `orders, customers, items and 4 more`: an answer is one line, the facts have them all. */
export function named(all: readonly string[], limit = NAMED): string {
  const first = all.slice(0, limit).join(', ')
  return all.length <= limit ? first : `${first} and ${all.length - limit} more`
}
