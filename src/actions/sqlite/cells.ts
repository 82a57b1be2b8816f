import { isSized } from '../pg/cells.ts'
import type { Kind } from '../values/kinds.ts'
import { quoteName } from './open.ts'
import type { Affinity } from './schema.ts'

/** A SQLite column as it is read: `kind` says as what. */
export interface ReadColumn {
  readonly name: string
  readonly affinity: Affinity
  readonly kind: Kind
}

/**
 * SQL for a value as canonical text, the same bytes as src/actions/pg/cells.ts gives for the same value; NULL stays
 * NULL. A value that cannot be what the kind says begins with `!` and its type, as no value of PostgreSQL does, so that
 * a comparison shows it. The connection has the functions of addFunctions.
 */
export function sqliteCell({ name, kind }: ReadColumn): string {
  const value = quoteName(name)
  switch (kind.is) {
    case 'integer':
      return integerCell(value)
    case 'boolean':
      return booleanCell(value)
    case 'float':
      return floatCell(value)
    case 'decimal':
      return decimalCell(value, kind.scale)
    case 'padded':
      return `iif(typeof(${value}) = 'blob', ${misfit(value)}, rtrim(${value}, ' '))`
    case 'bytes':
      return `iif(${value} is null, null, lower(hex(${value})))`
    case 'moment':
      return momentCell(value)
    case 'date':
      return `iif(date(${value}) = ${value}, ${value}, ${orMisfit('cutover_date', value)})`
    case 'time':
      return `iif(time(${value}) = ${value}, ${value}, ${orMisfit('cutover_time', value)})`
    case 'uuid':
      return uuidCell(value)
    case 'json':
      return orMisfit('cutover_json', value)
    case 'text':
    case 'other':
      return `iif(typeof(${value}) = 'blob', ${misfit(value)}, ${value})`
    case 'stored':
      return storedCell(value)
  }
}

/** Arguments of concat_ws that put the value into a row's line; see pgLineArguments. */
export function sqliteLineArguments(column: ReadColumn): readonly string[] {
  const value = quoteName(column.name)
  const { kind } = column
  if (kind.is === 'json') return [`iif(${value} is null, '', '+')`]
  if (kind.is === 'float') {
    const number = `typeof(${value}) in ('real', 'integer')`
    return [`iif(${number}, '+', coalesce(${misfit(value)}, ''))`]
  }
  if (kind.is === 'text' || kind.is === 'other') {
    return [`iif(typeof(${value}) = 'blob', '!', coalesce(octet_length(${value}), -1))`, value]
  }
  const cell = sqliteCell(column)
  if (isSized(kind)) return [`coalesce(octet_length(${cell}), -1)`, cell]
  return [`coalesce(${cell}, '${kind.is === 'bytes' ? '-' : ''}')`]
}

/** SQL for the arguments of `cutover_pack_floats`; empty where the row has no floats. */
export function packedFloats(columns: readonly ReadColumn[]): readonly string[] {
  return columns
    .filter(({ kind }) => kind.is === 'float')
    .map(({ name, affinity }) => {
      const value = quoteName(name)
      return affinity === 'real'
        ? value
        : `iif(typeof(${value}) in ('real', 'integer'), cast(${value} as real), null)`
    })
}

/** SQL for a row's JSON values as they are stored, or undefined where it has none; see pgPackedJson. */
export function packedJson(columns: readonly ReadColumn[]): string | undefined {
  const parts = columns
    .filter(({ kind }) => kind.is === 'json')
    .map(({ name }) => `coalesce(${quoteName(name)}, '')`)
  return parts.length === 0 ? undefined : `concat_ws(char(30), ${parts.join(', ')})`
}

/** A moment in UTC. The forms that databases are full of are checked and rewritten without leaving SQL. */
export function momentCell(value: string): string {
  const start = `substr(${value}, 1, 19)`
  const digits = `substr(${value}, 21, 6) glob '${'[0-9]'.repeat(6)}'`
  const fraction = `substr(${value}, 20, 1) = '.' and datetime(${start}) = ${start} and ${digits}`
  return `case length(${value})
    when 19 then iif(datetime(${value}) = ${value}, ${value}, ${rarerMoment(value)})
    when 26 then iif(${fraction}, rtrim(rtrim(${value}, '0'), '.'), ${rarerMoment(value)})
    else ${rarerMoment(value)} end`
}

function rarerMoment(value: string): string {
  const start = `replace(substr(${value}, 1, 19), 'T', ' ')`
  const end = `substr(${value}, 20)`
  return `iif(typeof(${value}) = 'text' and ${end} in ('', 'Z', '+00:00') and datetime(${start}) = ${start}, ${start},
    ${orMisfit('cutover_moment', value)})`
}

function booleanCell(value: string): string {
  return `case typeof(${value}) when 'integer' then ${value} when 'null' then null when 'text' then
    case when lower(trim(${value})) in ('true', 't', 'yes', 'y', 'on', '1') then '1'
      when lower(trim(${value})) in ('false', 'f', 'no', 'n', 'off', '0') then '0' else ${misfit(value)} end
    else ${misfit(value)} end`
}

/** A whole number that is stored as a text or as a fraction is the number it says. */
function integerCell(value: string): string {
  return `case typeof(${value}) when 'integer' then ${value} when 'null' then null
    when 'real' then iif(${value} = cast(${value} as integer), cast(${value} as integer), ${misfit(value)})
    when 'text' then iif(trim(${value}) = cast(cast(${value} as integer) as text), trim(${value}), ${misfit(value)})
    else ${misfit(value)} end`
}

function floatCell(value: string): string {
  const bits = `cutover_float_bits(cast(${value} as real))`
  return `case typeof(${value}) when 'real' then ${bits} when 'integer' then ${bits} when 'null' then null else ${misfit(value)} end`
}

/** A fraction stored as a floating-point number counts as what it rounds to at the scale of the column. */
function decimalCell(value: string, scale: number | undefined): string {
  const whole = scale === undefined || scale === 0 ? value : `${value} || '.${'0'.repeat(scale)}'`
  const real = scale === undefined ? `cutover_decimal(${value})` : `printf('%.${scale}f', ${value})`
  const text = `coalesce(cutover_decimal(${value}, ${scale ?? 'null'}), ${misfit(value)})`
  return `case typeof(${value}) when 'integer' then ${whole} when 'real' then ${real} when 'null' then null else ${text} end`
}

/** hex(NULL) is an empty text, so what unhex cannot read must be told apart before. */
function uuidCell(value: string): string {
  const bytes = `iif(typeof(${value}) = 'blob', ${value}, unhex(${value}, '-'))`
  return `iif(octet_length(${bytes}) = 16, lower(hex(${bytes})), ${misfit(value)})`
}

function storedCell(value: string): string {
  return `case typeof(${value}) when 'text' then 't' || ${value} when 'integer' then 'i' || ${value}
    when 'real' then 'r' || cutover_float_bits(${value}) when 'blob' then 'b' || hex(${value}) end`
}

function orMisfit(work: string, value: string): string {
  return `coalesce(${work}(${value}), ${misfit(value)})`
}

/** NULL for NULL; otherwise the value with its type and length, which no value of PostgreSQL looks like. */
function misfit(value: string): string {
  return `'!' || typeof(${value}) || octet_length(${value}) || ':' || ${value}`
}
