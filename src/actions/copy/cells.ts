import { sqliteCell } from '../sqlite/cells.ts'
import { exactText, quoteName } from '../sqlite/open.ts'
import type { CopiedColumn } from './plan.ts'

/**
 * SQL for a value as a CSV field of PostgreSQL's COPY. Unquoted and empty means NULL; texts are always quoted, so an
 * empty text stays an empty text. `stripNul`: the column holds texts with NUL, which are to lose it.
 */
export function csvField({ source, target }: CopiedColumn, stripNul: boolean): string {
  const value = quoteName(source.name)
  switch (target.kind.is) {
    case 'float':
      // SQLite writes 17 significant digits, from which PostgreSQL reads the same bits again.
      return `coalesce(${value}, '')`
    case 'bytes':
      return `iif(${value} is null, '', '\\x' || hex(${value}))`
    case 'text':
    case 'padded':
    case 'json':
    case 'other':
    case 'stored':
      return quoted(stripNul ? `cutover_without_nul(${exactText(value)})` : value)
    case 'integer':
    case 'boolean':
    case 'decimal':
    case 'moment':
    case 'date':
    case 'time':
    case 'uuid':
      return `coalesce(${sqliteCell({ name: source.name, affinity: source.affinity, kind: target.kind })}, '')`
  }
}

function quoted(text: string): string {
  return `coalesce('"' || replace(${text}, '"', '""') || '"', '')`
}
