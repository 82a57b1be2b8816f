import type { Kind } from '../values/kinds.ts'
import { findName } from '../table-choice.ts'
import type { TableReader } from './side.ts'

/** A column as its own side names it, by which a comparison pairs and reads it. */
export interface SideColumn {
  readonly name: string
  /** Undefined: SQLite does not know, the other side says. */
  readonly kind: Kind | undefined
  readonly generated: boolean
}

export interface SideTable {
  readonly name: string
  readonly columns: readonly SideColumn[]
  readonly primaryKey: readonly string[]
  /** How this side can walk the table along these columns, in the order of bytes and numbers; undefined: it cannot. */
  readonly walk: (columns: readonly string[]) => readonly ('integer' | 'text')[] | undefined
  readonly reader: (request: ReaderRequest) => TableReader
}

export interface ReaderRequest {
  readonly columns: readonly { readonly name: string; readonly kind: Kind }[]
  readonly key: readonly { readonly name: string; readonly is: 'integer' | 'text' }[]
  readonly naming: readonly { readonly name: string; readonly kind: Kind }[]
}

/** One of the two databases, opened. */
export interface Side {
  readonly kind: 'sqlite' | 'postgres'
  readonly tables: readonly SideTable[]
  readonly close: () => Promise<void>
}

export interface TablePair {
  readonly name: string
  readonly columns: readonly string[]
  readonly by: 'key' | 'content'
  /** Whether the buckets pair rows by a key. */
  readonly keyed: boolean
  readonly source: TableReader
  readonly target: TableReader
}

export interface ComparisonPlan {
  readonly pairs: readonly TablePair[]
  readonly tablesOnlyInSource: readonly string[]
  readonly tablesOnlyInTarget: readonly string[]
  readonly columnsOnlyInSource: readonly string[]
  readonly columnsOnlyInTarget: readonly string[]
}

/** `resolveKind` gives the kind by which a pair of columns is compared. */
export function planComparison(
  source: readonly SideTable[],
  target: readonly SideTable[],
  resolveKind: (source: SideColumn, target: SideColumn) => Kind,
): ComparisonPlan {
  const matched = source.flatMap((table) => {
    const other = findName(target, table.name)
    return other ? [{ table, other }] : []
  })
  const columns = matched.map(({ table, other }) => pairColumns(table, other, resolveKind))
  const paired = new Set(matched.map(({ other }) => other))
  const partners = new Set(matched.map(({ table }) => table))
  return {
    pairs: matched.map(({ table, other }, at) => pairTables(table, other, columns[at]?.both ?? [])),
    tablesOnlyInSource: source.filter((table) => !partners.has(table)).map(({ name }) => name),
    tablesOnlyInTarget: target.filter((table) => !paired.has(table)).map(({ name }) => name),
    columnsOnlyInSource: columns.flatMap(({ onlyInSource }) => onlyInSource),
    columnsOnlyInTarget: columns.flatMap(({ onlyInTarget }) => onlyInTarget),
  }
}

interface PairedColumn {
  readonly source: string
  readonly target: string
  readonly kind: Kind
}

function pairColumns(
  table: SideTable,
  other: SideTable,
  resolveKind: (source: SideColumn, target: SideColumn) => Kind,
) {
  const both: PairedColumn[] = []
  const onlyInSource: string[] = []
  for (const column of table.columns) {
    const partner = findName(other.columns, column.name)
    if (partner) both.push({ source: column.name, target: partner.name, kind: resolveKind(column, partner) })
    else if (!column.generated) onlyInSource.push(`${table.name}.${column.name}`)
  }
  const paired = new Set(both.map((column) => column.target))
  const onlyInTarget = other.columns
    .filter((column) => !paired.has(column.name) && !column.generated)
    .map((column) => `${other.name}.${column.name}`)
  return { both, onlyInSource, onlyInTarget }
}

function pairTables(table: SideTable, other: SideTable, columns: readonly PairedColumn[]): TablePair {
  const key = sharedKey(table, other, columns)
  const walk = walkOfBoth(table, other, key)
  const request = (side: 'source' | 'target'): ReaderRequest => ({
    columns: columns.map((column) => ({ name: column[side], kind: column.kind })),
    key: walk ? key.map((column, at) => ({ name: column[side], is: walk[at] ?? 'text' })) : [],
    naming: key.map((column) => ({ name: column[side], kind: column.kind })),
  })
  return {
    name: table.name,
    columns: columns.map((column) => column.source),
    by: walk ? 'key' : 'content',
    keyed: key.length > 0,
    source: table.reader(request('source')),
    target: other.reader(request('target')),
  }
}

/** The primary key, where both have the same one or only one side has any. */
function sharedKey(
  table: SideTable,
  other: SideTable,
  columns: readonly PairedColumn[],
): readonly PairedColumn[] {
  const find = (side: 'source' | 'target', names: readonly string[]) =>
    names.flatMap((name) => columns.filter((column) => column[side] === name))
  const own = find('source', table.primaryKey)
  const theirs = find('target', other.primaryKey)
  if (own.length === table.primaryKey.length && own.length > 0) return own
  return theirs.length === other.primaryKey.length ? theirs : []
}

function walkOfBoth(table: SideTable, other: SideTable, key: readonly PairedColumn[]) {
  if (key.length === 0) return undefined
  const own = table.walk(key.map((column) => column.source))
  const theirs = other.walk(key.map((column) => column.target))
  return own && theirs && own.every((part, at) => part === theirs[at]) ? own : undefined
}
