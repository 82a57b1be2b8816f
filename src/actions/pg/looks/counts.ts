import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import { offer } from '../../offer.ts'
import { pinnedFile } from '../../parameters.ts'
import { rangeText } from '../../row-range.ts'
import { count } from '../../wording.ts'
import { expectedCounts } from './expected-counts.ts'
import type { Expected } from './expected-counts.ts'
import { askOne, named, onTarget, pgLook } from './look.ts'
import type { Ask } from './look.ts'

const counts = pgLook({
  name: 'pg.counts',
  summary:
    'Counts the rows of tables exactly and holds them against a file of what is expected: CSV `table,expected`, or JSON table → value or `{ "min", "max" }`, with `1200`, `>= 1000`, `1000-1200`, `1200 ± 5 %` as values. Each deviation is named. `value` and `rows` are how many tables deviate. Green when none does.',
  input: z.strictObject({
    ...onTarget,
    expected: pinnedFile('The file of expected counts.'),
  }),
  facts: { tables: 'int', rows: 'int', deviations: 'list' },
  look: async (ask, { expected }, { files, progress }) => {
    const wanted = expectedCounts(read(join(files, expected), expected), expected)
    const deviations: string[] = []
    let total = 0
    for (const [index, one] of wanted.entries()) {
      progress({ done: index, total: wanted.length, unit: 'tables', label: one.table })
      const rows = await countOf(ask, one.table)
      total += rows ?? 0
      const deviation = deviationOf(one, rows)
      if (deviation !== undefined) deviations.push(deviation)
    }
    return {
      green: deviations.length === 0,
      answer:
        deviations.length === 0
          ? `${count(wanted.length, 'table')} as expected, ${count(total, 'row')}`
          : `${deviations.length} of ${count(wanted.length, 'table')} not as expected: ${named(deviations)}`,
      value: deviations.length,
      rows: deviations.length,
      facts: { tables: wanted.length, rows: total, deviations },
    }
  },
})

/** Null: there is no such table. */
async function countOf(ask: Ask, table: string): Promise<number | null> {
  const { name } = await askOne<{ name: string | null }>(ask, 'select to_regclass($1)::text as name', [table])
  if (name === null) return null
  const { amount } = await askOne<{ amount: number }>(ask, `select count(*)::float8 as amount from ${name}`)
  return amount
}

function deviationOf(wanted: Expected, rows: number | null): string | undefined {
  if (rows === null) return `${wanted.table}: no such table`
  if (rows >= wanted.least && rows <= wanted.most) return undefined
  return `${wanted.table}: ${count(rows, 'row')}, expected ${rangeText(wanted)}`
}

function read(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ActionFailure(`${name} cannot be read on this worker.`, {
      hint: 'Deploy the runbook’s folder to the worker (CUTOVER_RUNBOOKS).',
      changed: 'nothing was changed',
      cause,
    })
  }
}

export const COUNT_LOOKS = [offer(counts)] as const
