import { escapeIdentifier } from 'pg'
import type { Kind } from '../values/kinds.ts'

/** A PostgreSQL column as it is read: `kind` says as what. */
export interface PgReadColumn {
  readonly name: string
  readonly kind: Kind
}

/**
 * SQL for a value as part of a row's line, by the rules of src/actions/sqlite/cells.ts. The session is in UTC with
 * ISO dates. What can never hold the separator stands bare; JSON does as well, for its end shows by itself.
 */
export function pgPart({ name, kind }: PgReadColumn, floats: 'bits' | 'marks'): string {
  const value = escapeIdentifier(name)
  switch (kind.is) {
    case 'integer':
    case 'date':
    case 'time':
      return orEmpty(`${value}::text`)
    case 'boolean':
      return orEmpty(`${value}::int::text`)
    case 'float':
      return floatPart(value, floats)
    case 'decimal':
      return orEmpty(kind.scale === undefined ? `trim_scale(${value}::numeric)::text` : `${value}::text`)
    case 'bytes':
      return orEmpty(`'x' || encode(${value}, 'hex')`)
    case 'moment':
      return orEmpty(`${value}::timestamp::text`)
    case 'uuid':
      return orEmpty(`replace(${value}::text, '-', '')`)
    case 'json':
      return orEmpty(`${value}::jsonb::text`)
    case 'padded':
      return sized(`rtrim(${value}::text, ' ')`)
    case 'text':
    case 'other':
    case 'stored':
      return sized(`${value}::text`)
  }
}

/** SQL for the bits of a row's floats, or undefined where it has none. */
export function pgPackedFloats(columns: readonly PgReadColumn[]): string | undefined {
  const parts = columns
    .filter(({ kind }) => kind.is === 'float')
    .map(({ name }) => `coalesce(float8send(${escapeIdentifier(name)}::float8), '')`)
  return parts.length === 0 ? undefined : parts.join(' || ')
}

function floatPart(value: string, floats: 'bits' | 'marks'): string {
  if (floats === 'marks') return `case when ${value} is null then '' else 'f' end`
  return orEmpty(`'f' || encode(float8send(${value}::float8), 'hex')`)
}

function orEmpty(text: string): string {
  return `coalesce(${text}, '')`
}

function sized(text: string): string {
  return orEmpty(`octet_length(${text}) || ':' || ${text}`)
}
