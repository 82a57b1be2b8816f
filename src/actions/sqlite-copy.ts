import { z } from 'zod'
import type { RunAction } from './action.ts'
import { copyDatabase } from './copy/copy-database.ts'
import { postgresTarget, sqliteTarget } from './targets.ts'
import { count } from './wording.ts'

const Input = z.strictObject({
  from: sqliteTarget().describe('The SQLite database.'),
  to: postgresTarget().describe('The PostgreSQL database.'),
  schema: z
    .enum(['given', 'derived'])
    .optional()
    .describe(
      '`given`: the tables are there already; `derived`: they are made from SQLite’s. What is found decides unless said.',
    ),
  tables: z.array(z.string()).min(1).optional().describe('Only these tables; all unless said.'),
  exclude: z.array(z.string()).optional().describe('Tables to leave out.'),
  nul: z
    .enum(['refuse', 'strip'])
    .default('refuse')
    .describe('What to do with a NUL inside a text, which PostgreSQL cannot hold; `refuse` unless said.'),
})
type Input = z.infer<typeof Input>

export const sqliteCopy: RunAction<Input> = {
  name: 'sqlite.copy',
  summary:
    'Copies a SQLite database into PostgreSQL in one transaction: rows, keys, indexes and sequences arrive together or not at all, and a value that does not fit is named by table, column and key.',
  kind: 'run',
  mutating: true,
  input: Input,
  facts: {
    tables: 'int',
    rows: 'int',
    bytes: 'int',
    seconds: 'number',
    rowsPerSecond: 'int',
    schema: 'text',
    sequences: 'int',
    strippedNuls: 'int',
    perTable: 'list',
    notes: 'list',
  },
  run: async ({ from, to, schema, tables, exclude, nul }, { attempt, progress, log, signal }) => {
    const report = await copyDatabase({
      from,
      to,
      nul,
      attempt,
      signal,
      onProgress: progress,
      ...(schema ? { schema } : {}),
      ...(tables ? { tables } : {}),
      ...(exclude ? { exclude } : {}),
    })
    const perTable = [...report.tables].map(([table, rows]) => `${table}: ${rows.toLocaleString('en-US')}`)
    for (const line of [...perTable, ...report.notes]) log(line)
    const seconds = report.durationMs / 1000
    return {
      summary: `${count(report.rows, 'row')} in ${count(report.tables.size, 'table')}`,
      facts: {
        tables: report.tables.size,
        rows: report.rows,
        bytes: report.bytes,
        seconds: Math.round(seconds * 10) / 10,
        rowsPerSecond: Math.round(report.rows / seconds),
        schema: report.schema,
        sequences: report.sequences,
        strippedNuls: report.strippedNuls,
        perTable,
        notes: report.notes,
      },
    }
  },
}
