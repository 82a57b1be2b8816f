import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { duration } from '../parameters.ts'
import { askPostgres } from '../sql/ask-postgres.ts'
import { askSqlite } from '../sql/ask-sqlite.ts'
import { asking } from '../sql/reading.ts'
import { anyTarget } from '../targets.ts'
import { count, oneLine } from '../wording.ts'

const TIMEOUT_MS = 15_000
const ROWS = 10_000

const Input = z.strictObject({
  target: anyTarget().describe('The database.'),
  query: z
    .string()
    .min(1)
    .superRefine((text, context) => {
      const found = asking(text)
      if ('why' in found) context.addIssue({ code: 'custom', message: found.why })
    })
    .describe('One statement that only reads; values stand in it as `$1` or `?1`, never as text.'),
  params: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional()
    .describe('Values of `$1`, `$2`… (`?1`, `?2`… on SQLite).'),
  timeout: duration('How long it may take; 15s unless said.').optional(),
  limit: z.int().positive().optional().describe('How many rows it may give; 10,000 unless said.'),
})
type Input = z.infer<typeof Input>

export const sql: CheckAction<Input> = {
  name: 'sql',
  kind: 'check',
  summary:
    'Asks a database by one reading statement, in a transaction that refuses to write. `rows` is how many it gave, `value` the first column of the first.',
  input: Input,
  facts: { rows: 'int', value: 'text' },
  check,
}

async function check(input: Input, { attempt, signal }: ActionContext): Promise<CheckResult> {
  const { target, query } = input
  const question = {
    text: query,
    params: input.params ?? [],
    timeoutMs: input.timeout ?? TIMEOUT_MS,
    limit: input.limit ?? ROWS,
  }
  const { rows, first, cut } =
    target.kind === 'postgres'
      ? await askPostgres(target, question, { attempt, signal })
      : askSqlite(target, question)
  const value = first?.[0] ?? null
  if (cut) {
    return {
      green: false,
      answer: `more than ${count(question.limit, 'row')}`,
      facts: { rows: null, value: value === null ? null : String(value) },
      measured: { value },
    }
  }
  return {
    green: rows > 0,
    answer: first ? `${count(rows, 'row')}: ${shown(first)}` : 'no rows',
    facts: { rows, value: value === null ? null : String(value) },
    measured: { rows, ...(first ? { value } : {}) },
  }
}

function shown(row: readonly unknown[]): string {
  return oneLine(row.map((value) => (value === null ? 'NULL' : String(value))).join(' | '), 120)
}
