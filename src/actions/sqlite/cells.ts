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
 * SQL for a value as part of a row's line, the same bytes as src/actions/pg/cells.ts gives for the same value. It is
 * never NULL (a NULL is the empty text), and so written that different rows give different lines: what may hold any
 * character has its length before it. A value that cannot be what the kind says is marked with `!`, so that a
 * comparison shows it. The connection has the functions of addFunctions.
 *
 * `floats`: `bits` writes them out, `marks` only says that there is one; {@link packedFloats} has their bits then.
 */
export function sqlitePart(column: ReadColumn, floats: 'bits' | 'marks'): string {
  const value = quoteName(column.name)
  const { kind } = column
  switch (kind.is) {
    case 'integer':
      return `coalesce(${integerText(value)}, '')`
    case 'boolean':
      return `coalesce(${booleanText(value)}, '')`
    case 'float':
      return floatPart(value, floats)
    case 'decimal':
      return decimalPart(value, kind.scale)
    case 'padded':
      return `iif(typeof(${value}) = 'blob', ${misfit(value)}, ${sized(`rtrim(${value}, ' ')`)})`
    case 'bytes':
      return `iif(${value} is null, '', 'x' || lower(hex(${value})))`
    case 'moment':
      return `coalesce(${momentText(value)}, '')`
    case 'date':
      return `coalesce(iif(date(${value}) = ${value}, ${value}, ${orMisfit('cutover_date', value)}), '')`
    case 'time':
      return `coalesce(iif(time(${value}) = ${value}, ${value}, ${orMisfit('cutover_time', value)}), '')`
    case 'uuid':
      return uuidPart(value)
    case 'json':
      return `coalesce(${orMisfit('cutover_json', value)}, '')`
    case 'text':
    case 'other':
      return `iif(typeof(${value}) = 'blob', ${misfit(value)}, ${sized(value)})`
    case 'stored':
      return storedPart(value)
  }
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

/**
 * The texts below are shared with the copy: what PostgreSQL reads and what it writes for the value. NULL stays NULL.
 */

/** A moment in UTC. The forms that databases are full of are checked and rewritten without leaving SQL. */
export function momentText(value: string): string {
  const start = `substr(${value}, 1, 19)`
  const valid = (text: string) => `datetime(${text}) = replace(${text}, 'T', ' ')`
  const digits = `substr(${value}, 21, 6) glob '${'[0-9]'.repeat(6)}'`
  const withFraction = `datetime(${start}) || rtrim(rtrim(substr(${value}, 20, 7), '0'), '.')`
  return `case when datetime(${value}) = ${value} then ${value}
    when ${value} is null then null
    when typeof(${value}) <> 'text' then ${orMisfit('cutover_moment', value)}
    when length(${value}) = 19 and ${valid(value)} then datetime(${value})
    when length(${value}) in (26, 32) and substr(${value}, 20, 1) = '.' and substr(${value}, 27) in ('', '+00:00')
      and ${digits} and ${valid(start)} then ${withFraction}
    when substr(${value}, 20) in ('Z', '+00:00') and ${valid(start)} then datetime(${start})
    else ${orMisfit('cutover_moment', value)} end`
}

export function booleanText(value: string): string {
  return `case typeof(${value}) when 'integer' then ${value} when 'null' then null when 'text' then
    case when lower(trim(${value})) in ('true', 't', 'yes', 'y', 'on', '1') then '1'
      when lower(trim(${value})) in ('false', 'f', 'no', 'n', 'off', '0') then '0' else ${misfit(value)} end
    else ${misfit(value)} end`
}

/** A whole number that is stored as a text or as a fraction is the number it says. */
export function integerText(value: string): string {
  return `case typeof(${value}) when 'integer' then ${value} when 'null' then null
    when 'real' then iif(${value} = cast(${value} as integer), cast(${value} as integer), ${misfit(value)})
    when 'text' then iif(trim(${value}) = cast(cast(${value} as integer) as text), trim(${value}), ${misfit(value)})
    else ${misfit(value)} end`
}

function floatPart(value: string, floats: 'bits' | 'marks'): string {
  const number = floats === 'marks' ? `'f'` : `'f' || cutover_float_bits(cast(${value} as real))`
  return `case typeof(${value}) when 'real' then ${number} when 'integer' then ${number} when 'null' then '' else ${misfit(value)} end`
}

/** A fraction stored as a floating-point number counts as what it rounds to at the scale of the column. */
function decimalPart(value: string, scale: number | undefined): string {
  const whole = scale === undefined || scale === 0 ? value : `${value} || '.${'0'.repeat(scale)}'`
  const real = scale === undefined ? `cutover_decimal(${value})` : `printf('%.${scale}f', ${value})`
  const text = `coalesce(cutover_decimal(${value}, ${scale ?? 'null'}), ${misfit(value)})`
  return `case typeof(${value}) when 'integer' then ${whole} when 'real' then ${real} when 'null' then '' else ${text} end`
}

function uuidPart(value: string): string {
  const bytes = `iif(typeof(${value}) = 'blob', ${value}, unhex(${value}, '-'))`
  return `case when octet_length(${bytes}) = 16 then lower(hex(${bytes})) when ${value} is null then '' else ${misfit(value)} end`
}

function storedPart(value: string): string {
  return `case typeof(${value}) when 'text' then 't' || octet_length(${value}) || ':' || ${value}
    when 'integer' then 'i' || ${value} when 'real' then 'r' || cutover_float_bits(${value})
    when 'blob' then 'b' || hex(${value}) else '' end`
}

function orMisfit(work: string, value: string): string {
  return `coalesce(${work}(${value}), ${misfit(value)})`
}

function sized(text: string): string {
  return `coalesce(octet_length(${text}) || ':' || ${text}, '')`
}

/** NULL for NULL; otherwise the value with its type and length, which no value of PostgreSQL looks like. */
function misfit(value: string): string {
  return `'!' || typeof(${value}) || octet_length(${value}) || ':' || ${value}`
}
