import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import type { RowRange } from '../../row-range.ts'
import { rowRange } from '../../row-range.ts'

/** How many rows a table should have, both ends included. */
export interface Expected extends RowRange {
  readonly table: string
}

/**
 * Reads what is expected of tables. JSON: an object of table → number, text or `{ "min": …, "max": … }`. Anything
 * else is CSV: `table,expected` on each line, a heading allowed. A text is `1200`, `>= 1000`, `1000-1200`, or
 * `1200 ± 5 %`. Throws {@link ActionFailure} that names the line.
 */
export function expectedCounts(text: string, file: string): readonly Expected[] {
  const rows = text.trimStart().startsWith('{') ? fromJson(text, file) : fromCsv(text, file)
  if (rows.length === 0) throw unreadable(file, 'it names no table')
  return rows
}

const Bounds = z.union([
  z.number(),
  z.string(),
  z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
])

function fromJson(text: string, file: string): readonly Expected[] {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw unreadable(file, 'it begins like JSON and is none')
  }
  const parsed = z.record(z.string(), Bounds).safeParse(document)
  if (!parsed.success) throw unreadable(file, 'it is no map of table to number, text or {"min", "max"}')
  return Object.entries(parsed.data).map(([table, bounds]) =>
    typeof bounds === 'object'
      ? { table, least: bounds.min ?? 0, most: bounds.max ?? Infinity }
      : { table, ...range(String(bounds), file, table) },
  )
}

const HEADING = /^"?(?:table|relation|name)"?\s*[,;]/i

function fromCsv(text: string, file: string): readonly Expected[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || (index === 0 && HEADING.test(line))) return []
    const [, quoted, plain, bounds] = /^(?:"((?:[^"]|"")*)"|([^,;"]+))\s*[,;]\s*"?([^"]*)"?$/.exec(line) ?? []
    const table = quoted?.replaceAll('""', '"') ?? plain?.trim()
    if (table === undefined || bounds === undefined)
      throw unreadable(file, `line ${index + 1} is not "table,expected"`)
    return [{ table, ...range(bounds.trim(), file, `line ${index + 1}`) }]
  })
}

function range(text: string, file: string, where: string): RowRange {
  const found = rowRange(text)
  if (found !== undefined) return found
  throw unreadable(file, `${where}: "${text}" is neither 1200, >= 1000, 1000-1200 nor 1200 ± 5 %`)
}

function unreadable(file: string, why: string): ActionFailure {
  return new ActionFailure(`${file} does not say what is expected: ${why}.`, {
    hint: 'Write CSV lines like `orders,1200`, or JSON like {"orders": {"min": 1000, "max": 1300}}.',
    changed: 'nothing was changed',
  })
}
