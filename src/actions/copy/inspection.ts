import { isUtf8 } from 'node:buffer'
import { setImmediate as breathe } from 'node:timers/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { exactText, quoteName } from '../sqlite/open.ts'
import { pagesOf } from '../sqlite/pages.ts'
import { all } from '../sqlite/schema.ts'
import { count, oneLine } from '../wording.ts'
import type { CopiedTable } from './plan.ts'
import type { MisfitRule } from './misfits.ts'
import { misfitRules } from './misfits.ts'

/** Of a whole source: what keeps it from being copied. */
export interface Inspection {
  /** Values that cannot be copied, one line for each column and reason. */
  readonly findings: readonly string[]
  /** Columns with texts that hold a NUL, as `table.column`, with how many. */
  readonly withNul: ReadonlyMap<string, number>
}

interface Options {
  readonly nul: 'refuse' | 'strip'
  readonly onRows: (rows: number, table: string) => void
  readonly signal: AbortSignal | undefined
}

const PAGE_BYTES = 1_000_000
const KEYS_SHOWN = 5

/**
 * Looks at every value of the source, and names what PostgreSQL could not hold as it is. It takes about as long as the
 * load, so it is asked when something is known to be wrong, or may be put right.
 */
export async function inspectValues(
  database: DatabaseSyncInstance,
  tables: readonly CopiedTable[],
  options: Options,
): Promise<Inspection> {
  const findings: string[] = []
  const withNul = new Map<string, number>()
  for (const table of tables) {
    const rules = misfitRules(table)
    const seen = await scan(database, table, rules, options)
    for (const [at, rule] of rules.entries()) {
      const amount = seen.misfits[at] ?? 0
      if (amount > 0) findings.push(describe(database, table, rule, amount))
    }
    if (!seen.oddText) continue
    const odd = oddTexts(database, table)
    findings.push(...odd.findings, ...(options.nul === 'refuse' ? odd.nulFindings : []))
    for (const [column, amount] of odd.withNul) withNul.set(column, amount)
  }
  return { findings, withNul }
}

async function scan(
  database: DatabaseSyncInstance,
  table: CopiedTable,
  rules: readonly MisfitRule[],
  { onRows, signal }: Options,
): Promise<{ misfits: readonly number[]; oddText: boolean }> {
  const texts = textColumns(table).map(quoteName)
  const line = texts.length === 0 ? 'null' : `concat_ws(' ', ${texts.join(', ')})`
  const misfits = rules.map(() => 0)
  let oddText = false
  const pages = pagesOf({
    database,
    table: table.source,
    columns: [`${line} as line`, ...rules.map(({ condition }, at) => `(${condition}) as misfit${at}`)],
    aggregates: [`cast(group_concat(line, ' ') as blob)`, ...rules.map((_, at) => `total(misfit${at})`)],
    pageBytes: PAGE_BYTES,
  })
  for (const page of pages) {
    signal?.throwIfAborted()
    const [bytes, ...totals] = page.values
    for (const [at, amount] of totals.entries()) misfits[at] = (misfits[at] ?? 0) + Number(amount)
    if (bytes instanceof Uint8Array && (bytes.includes(0) || !isUtf8(bytes))) oddText = true
    onRows(page.rows, table.source.name)
    await breathe()
  }
  return { misfits, oddText }
}

function textColumns({ columns }: CopiedTable): readonly string[] {
  return columns
    .filter(({ target }) => ['text', 'padded', 'json', 'other'].includes(target.kind.is))
    .map(({ source }) => source.name)
}

/** Which of the texts hold a NUL or bytes that are no UTF-8: asked only when some page has shown such a thing. */
function oddTexts(database: DatabaseSyncInstance, table: CopiedTable) {
  const findings: string[] = []
  const nulFindings: string[] = []
  const withNul = new Map<string, number>()
  for (const column of textColumns(table)) {
    const value = quoteName(column)
    const text = `typeof(${value}) = 'text'`
    const nul = {
      column,
      condition: `${text} and instr(${exactText(value)}, x'00') > 0`,
      reason: 'hold a NUL character',
      silent: false,
    }
    const foreign = {
      column,
      condition: `${text} and cutover_is_utf8(${exactText(value)}) = 0`,
      reason: 'hold bytes that are not UTF-8',
      silent: false,
    }
    const nuls = countOf(database, table, nul)
    const foreigners = countOf(database, table, foreign)
    if (foreigners > 0) findings.push(describe(database, table, foreign, foreigners))
    if (nuls === 0) continue
    withNul.set(`${table.source.name}.${column}`, nuls)
    nulFindings.push(describe(database, table, nul, nuls))
  }
  return { findings, nulFindings, withNul }
}

function countOf(database: DatabaseSyncInstance, { source }: CopiedTable, { condition }: MisfitRule): number {
  return Number(all(database, `select count(*) from ${quoteName(source.name)} where ${condition}`)[0]?.[0])
}

function describe(
  database: DatabaseSyncInstance,
  { source }: CopiedTable,
  { column, condition, reason }: MisfitRule,
  amount: number,
): string {
  const keys = source.primaryKey.length > 0 ? source.primaryKey.map(quoteName) : ['rowid']
  const rows = all(
    database,
    `select ${keys.map(exactText).join(', ')} from ${quoteName(source.name)} where ${condition} limit ${KEYS_SHOWN}`,
  )
  const named = rows.map((row) => {
    const parts = row.map((part) =>
      part instanceof Uint8Array ? oneLine(Buffer.from(part).toString()) : 'NULL',
    )
    return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(', ')})`
  })
  const what = source.primaryKey.length > 0 ? 'key' : 'rowid'
  const more = amount > named.length ? ', …' : ''
  const verb = amount === 1 ? singular(reason) : reason
  return `${source.name}.${column}: ${count(amount, 'value')} ${verb} (${what} ${named.join(', ')}${more})`
}

function singular(reason: string): string {
  return reason
    .replace(/^do /, 'does ')
    .replace(/^hold /, 'holds ')
    .replace(/^are /, 'is ')
}
