import { momentCell, sqliteCell } from '../sqlite/cells.ts'
import { quoteName } from '../sqlite/open.ts'
import type { Kind } from '../values/kinds.ts'
import type { CopiedColumn, CopiedTable } from './plan.ts'

/** A reason why a value cannot be copied, as a SQL condition that is true for such a value. */
export interface MisfitRule {
  readonly column: string
  readonly condition: string
  /** Of one or more values: `do not fit integer`. */
  readonly reason: string
  /** PostgreSQL would take such a value and change it without a word; all others it refuses by itself. */
  readonly silent: boolean
}

/**
 * What PostgreSQL would refuse, or change without a word (a float rounded into a float4, digits beyond the scale).
 * NUL and bytes that are no UTF-8 are looked for elsewhere, many values at a time.
 */
export function misfitRules({ source, columns }: CopiedTable): readonly MisfitRule[] {
  return columns.flatMap((column) => {
    const { name, notNull } = column.source
    const { kind, type } = column.target
    // The rowid is a 64-bit integer whatever happens.
    const rowid = source.rowidKey && source.primaryKey[0] === name
    const condition = rowid && kind.is === 'integer' && kind.bytes === 8 ? undefined : conditionOf(column)
    const fit = { column: name, reason: `do not fit ${type}`, silent: isSilent(kind) }
    const absent = { column: name, reason: 'are NULL where the target wants a value', silent: false }
    return [
      ...(condition === undefined ? [] : [{ ...fit, condition }]),
      ...(column.target.notNull && !rowid && !notNull
        ? [{ ...absent, condition: `${quoteName(name)} is null` }]
        : []),
    ]
  })
}

function isSilent(kind: Kind): boolean {
  if (kind.is === 'moment') return kind.precision !== undefined
  return ['decimal', 'float', 'text', 'padded', 'bytes', 'json'].includes(kind.is)
}

function conditionOf(column: CopiedColumn): string | undefined {
  const value = quoteName(column.source.name)
  const { kind } = column.target
  switch (kind.is) {
    case 'integer':
      return integerMisfit(value, kind.bytes)
    case 'boolean':
      return `iif(typeof(${value}) = 'integer', ${value} not in (0, 1), ${marked(column)})`
    case 'float':
      return floatMisfit(value, kind.bytes)
    case 'decimal':
      return decimalMisfit(value, kind)
    case 'moment':
      return momentMisfit(value, kind.precision, marked(column))
    case 'date':
      return `case when date(${value}) = ${value} then 0 else ${marked(column)} end`
    case 'time':
      return `case when time(${value}) = ${value} then 0 else ${marked(column)} end`
    case 'uuid':
      return `case when octet_length(iif(typeof(${value}) = 'blob', ${value}, unhex(${value}, '-'))) = 16 then 0 else ${value} is not null end`
    case 'text':
    case 'padded':
      return textMisfit(value, kind.limit)
    case 'json':
      return jsonMisfit(value, kind.binary)
    case 'bytes':
      return `typeof(${value}) in ('integer', 'real')`
    case 'other':
    case 'stored':
      return undefined
  }
}

/** The cell begins with `!` exactly where the value is not what its kind says. */
function marked({ source, target }: CopiedColumn): string {
  return `coalesce(substr(${sqliteCell({ name: source.name, affinity: source.affinity, kind: target.kind })}, 1, 1) = '!', 0)`
}

/** PostgreSQL rounds what is finer than the column says. */
function momentMisfit(value: string, precision: number | undefined, marked: string): string {
  const finer =
    precision === undefined
      ? ''
      : `when length(${momentCell(value)}) > ${precision === 0 ? 19 : 20 + precision} then 1`
  return `case when datetime(${value}) = ${value} then 0 ${finer} else ${marked} end`
}

function integerMisfit(value: string, bytes: 2 | 4 | 8): string {
  const limit = { 2: '32768', 4: '2147483648', 8: undefined }[bytes]
  const outside =
    limit === undefined ? '0' : `cast(${value} as integer) not between -${limit} and ${limit} - 1`
  return `case typeof(${value}) when 'integer' then ${outside} when 'null' then 0
    when 'real' then ${value} <> cast(${value} as integer) or abs(${value}) >= 9223372036854775808.0 or ${outside}
    when 'text' then trim(${value}) <> cast(cast(${value} as integer) as text) or ${outside} else 1 end`
}

function floatMisfit(value: string, bytes: 4 | 8): string {
  const lossy = bytes === 4 ? `cutover_is_float4(${value}) = 0` : '0'
  const whole = bytes === 4 ? lossy : `cast(cast(${value} as real) as integer) <> ${value}`
  return `case typeof(${value}) when 'real' then ${lossy} when 'null' then 0 when 'integer' then ${whole} else 1 end`
}

/**
 * A fraction counts by its 15 significant digits: what lies beyond is the noise of binary floating point. (Here and
 * below it is CASE that leaves the costly part alone: among the columns of a SELECT, SQLite works out both sides of
 * an AND or OR.)
 */
function decimalMisfit(value: string, { precision, scale }: Extract<Kind, { is: 'decimal' }>): string {
  if (precision === undefined || scale === undefined) {
    return `typeof(${value}) = 'blob' or typeof(${value}) = 'text' and cutover_decimal(${value}) is null`
  }
  const limit = `1e${precision - scale}`
  const rounded = `cast(printf('%.${scale}f', ${value}) as real)`
  const noise = `${rounded} <> cast(printf('%.15g', ${value}) as real)`
  const real = `case when abs(${value}) >= ${limit} then 1 when round(${value}, ${scale}) = ${value} then 0 else ${noise} end`
  return `case typeof(${value}) when 'integer' then abs(${value} + 0.0) >= ${limit} when 'null' then 0 when 'real' then ${real}
    when 'text' then cutover_fits_decimal(${value}, ${precision}, ${scale}) = 0 else 1 end`
}

function textMisfit(value: string, limit: number | undefined): string {
  const blob = `typeof(${value}) = 'blob'`
  return limit === undefined ? blob : `${blob} or length(${value}) > ${limit}`
}

/** jsonb holds no \u0000 and no half surrogate pairs; both can only be written with \u. */
function jsonMisfit(value: string, binary: boolean): string {
  const escaped = binary ? `when instr(${value}, '\\u') > 0 then cutover_json(${value}) is null` : ''
  return `case typeof(${value}) when 'blob' then 1 when 'text' then
    case when not json_valid(${value}) then 1 ${escaped} else 0 end else 0 end`
}
