import { escapeIdentifier } from 'pg'
import type { Kind } from '../values/kinds.ts'

/** A PostgreSQL column as it is read: `kind` says as what. */
export interface PgReadColumn {
  readonly name: string
  readonly kind: Kind
  readonly notNull: boolean
}

/**
 * SQL for a value as canonical text, the same bytes as src/actions/sqlite/cells.ts gives for the same value; NULL stays
 * NULL. The session is in UTC with ISO dates.
 */
export function pgCell({ name, kind }: Pick<PgReadColumn, 'name' | 'kind'>): string {
  if (kind.is === 'float') return `encode(float8send(${escapeIdentifier(name)}::float8), 'hex')`
  return `${pgValue(name, kind)}::text`
}

/**
 * Arguments of concat_ws that put the value into a row's line. Different rows give different lines: what may hold any
 * character has its length before it (NULL has -1, and concat_ws leaves out the value itself); what can never hold the
 * separator, or shows its end by itself, stands bare (NULL is the empty text). Values go in with their own type where
 * they can, which saves a conversion. Floats and JSON only say whether they are there: {@link pgPackedFloats} and
 * {@link pgPackedJson} have them, for the other side reads them by the chunk.
 */
export function pgLineArguments(column: PgReadColumn): readonly string[] {
  const { name, kind, notNull } = column
  const value = pgValue(name, kind)
  if (isPacked(kind)) return [`case when ${escapeIdentifier(name)} is null then '' else '+' end`]
  if (isSized(kind)) return [`coalesce(octet_length(${value}::text), -1)`, value]
  if (kind.is === 'bytes') return [`coalesce(${value}, '-')`]
  return [notNull ? value : `coalesce(${value}::text, '')`]
}

/** SQL for the bits of a row's floats, or undefined where it has none. */
export function pgPackedFloats(columns: readonly PgReadColumn[]): string | undefined {
  const parts = columns
    .filter(({ kind }) => kind.is === 'float')
    .map(({ name }) => `coalesce(float8send(${escapeIdentifier(name)}::float8), '')`)
  return parts.length === 0 ? undefined : parts.join(' || ')
}

/** SQL for a row's JSON values, or undefined where it has none. The separator cannot stand in JSON. */
export function pgPackedJson(columns: readonly PgReadColumn[]): string | undefined {
  const parts = columns
    .filter(({ kind }) => kind.is === 'json')
    .map((column) => `coalesce(${pgCell(column)}, '')`)
  return parts.length === 0 ? undefined : `concat_ws(E'\\x1e', ${parts.join(', ')})`
}

/** Kinds that lie beside the lines of a chunk. */
export function isPacked(kind: Kind): boolean {
  return kind.is === 'float' || kind.is === 'json'
}

/** Kinds whose text may hold any character. */
export function isSized(kind: Kind): boolean {
  return ['text', 'padded', 'other', 'stored'].includes(kind.is)
}

/** A value whose text is the canonical one. */
function pgValue(name: string, kind: Kind): string {
  const value = escapeIdentifier(name)
  switch (kind.is) {
    case 'boolean':
      return `${value}::int`
    case 'decimal':
      return kind.scale === undefined ? `trim_scale(${value}::numeric)` : value
    case 'bytes':
      return `encode(${value}, 'hex')`
    case 'moment':
      return `${value}::timestamp`
    case 'uuid':
      return `encode(uuid_send(${value}), 'hex')`
    case 'json':
      return kind.binary ? value : `${value}::jsonb`
    case 'padded':
      return `rtrim(${value}::text, ' ')`
    default:
      return value
  }
}
