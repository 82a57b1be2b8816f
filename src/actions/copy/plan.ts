import type { PgColumn, PgTable } from '../pg/schema.ts'
import type { SqliteColumn, SqliteTable } from '../sqlite/schema.ts'
import { findName } from '../table-choice.ts'

export interface CopiedColumn {
  readonly source: SqliteColumn
  readonly target: PgColumn
}

export interface CopiedTable {
  readonly source: SqliteTable
  readonly target: PgTable
  readonly columns: readonly CopiedColumn[]
}

/** Pairs the tables with those of the target. `findings`: why they cannot be copied as they are, one line each. */
export function planCopy(
  sources: readonly SqliteTable[],
  targets: readonly PgTable[],
): { readonly tables: readonly CopiedTable[]; readonly findings: readonly string[] } {
  const tables: CopiedTable[] = []
  const findings: string[] = []
  for (const source of sources) {
    const target = findName(targets, source.name)
    if (!target) {
      findings.push(`the target has no table ${source.name}`)
      continue
    }
    const columns = pairColumns(source, target)
    tables.push({ source, target, columns })
    findings.push(...columnFindings(source, target, columns))
  }
  return { tables, findings }
}

function pairColumns(source: SqliteTable, target: PgTable): readonly CopiedColumn[] {
  const writable = target.columns.filter(({ generated }) => !generated)
  return source.columns.flatMap((column) => {
    const partner = findName(writable, column.name)
    return partner ? [{ source: column, target: partner }] : []
  })
}

function columnFindings(
  source: SqliteTable,
  target: PgTable,
  columns: readonly CopiedColumn[],
): readonly string[] {
  const paired = new Set(columns.map((column) => column.source))
  const filled = new Set(columns.map((column) => column.target))
  const lost = source.columns.filter(
    (column) => !paired.has(column) && !column.generated && !findName(target.columns, column.name),
  )
  const unfed = target.columns.filter(
    (column) =>
      !filled.has(column) && column.notNull && !column.hasDefault && !column.identity && !column.generated,
  )
  return [
    ...lost.map((column) => `the target’s ${target.name} has no column ${column.name}`),
    ...unfed.map(
      (column) => `${target.name}.${column.name} wants a value, and the source has no such column`,
    ),
  ]
}
