import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import { count } from '../../wording.ts'

/** How many rows a table should have, both ends included. */
export interface Expected {
  readonly table: string
  readonly least: number
  readonly most: number
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

const EXACT = /^(\d[\d_]*)$/
const BETWEEN = /^(\d[\d_]*)\s*(?:-|–|\.\.)\s*(\d[\d_]*)$/
const ABOUT = /^(\d[\d_]*)\s*(?:±|\+-|\+\/-)\s*(\d+(?:\.\d+)?)\s*%$/
const COMPARED = /^(<=|>=|<|>)\s*(\d[\d_]*)$/

function range(text: string, file: string, where: string): Omit<Expected, 'table'> {
  const exact = EXACT.exec(text)
  if (exact) return { least: whole(exact[1]), most: whole(exact[1]) }
  const between = BETWEEN.exec(text)
  if (between) return { least: whole(between[1]), most: whole(between[2]) }
  const about = ABOUT.exec(text)
  if (about) {
    const slack = (whole(about[1]) * Number(about[2])) / 100
    return { least: Math.ceil(whole(about[1]) - slack), most: Math.floor(whole(about[1]) + slack) }
  }
  const [, op, bound] = COMPARED.exec(text) ?? []
  if (op === '>=') return { least: whole(bound), most: Infinity }
  if (op === '>') return { least: whole(bound) + 1, most: Infinity }
  if (op === '<=') return { least: 0, most: whole(bound) }
  if (op === '<') return { least: 0, most: whole(bound) - 1 }
  throw unreadable(file, `${where}: "${text}" is neither 1200, >= 1000, 1000-1200 nor 1200 ± 5 %`)
}

const whole = (digits: string | undefined): number => Number((digits ?? '').replaceAll('_', ''))

function unreadable(file: string, why: string): ActionFailure {
  return new ActionFailure(`${file} does not say what is expected: ${why}.`, {
    hint: 'Write CSV lines like `orders,1200`, or JSON like {"orders": {"min": 1000, "max": 1300}}.',
    changed: 'nothing was changed',
  })
}

/** `1,200 rows`, `1,000 to 1,200 rows`, `at least 1,000 rows`. */
export function expectedText({ least, most }: Expected): string {
  if (least === most) return count(least, 'row')
  if (most === Infinity) return `at least ${count(least, 'row')}`
  return least === 0
    ? `at most ${count(most, 'row')}`
    : `${least.toLocaleString('en-US')} to ${count(most, 'row')}`
}
