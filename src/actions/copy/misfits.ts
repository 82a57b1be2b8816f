import { sqlitePart } from '../sqlite/cells.ts'
import { quoteName } from '../sqlite/open.ts'
import type { Kind } from '../values/kinds.ts'
import type { CopiedColumn, CopiedTable } from './plan.ts'

/** A reason why a value cannot be copied, as a SQL condition that is true for such a value. */
export interface MisfitRule {
  readonly column: string
  readonly condition: string
  /** Of one or more values: `do not fit integer`. */
  readonly reason: string
}

/**
 * What PostgreSQL would refuse, or change without a word (a float rounded into a float4, digits beyond the scale).
 * NUL and bytes that are no UTF-8 are looked for elsewhere, many values at a time.
 */
export function misfitRules({ source, columns }: CopiedTable): readonly MisfitRule[] {
  return columns.flatMap((column) => {
    // The rowid is a 64-bit integer whatever happens.
    const rowid = source.rowidKey && source.primaryKey[0] === column.source.name
    const name = column.source.name
    const condition = conditionOf(column)
    const fits = rowid && column.target.kind.is === 'integer' && column.target.kind.bytes === 8
    return [
      ...(condition === undefined || fits
        ? []
        : [{ column: name, condition, reason: `do not fit ${column.target.type}` }]),
      ...(column.target.notNull && !rowid && !isNeverNull(column)
        ? [
            {
              column: name,
              condition: `${quoteName(name)} is null`,
              reason: 'are NULL where the target wants a value',
            },
          ]
        : []),
    ]
  })
}

function isNeverNull({ source }: CopiedColumn): boolean {
  return source.notNull
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
      return `case when datetime(${value}) = ${value} then 0 else ${marked(column)} end`
    case 'date':
      return `case when date(${value}) = ${value} then 0 else ${marked(column)} end`
    case 'time':
      return `case when time(${value}) = ${value} then 0 else ${marked(column)} end`
    case 'uuid':
      return marked(column)
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

/** The part of a row's line begins with `!` exactly where the value is not what its kind says. */
function marked({ source, target }: CopiedColumn): string {
  return `substr(${sqlitePart({ name: source.name, affinity: source.affinity, kind: target.kind }, 'marks')}, 1, 1) = '!'`
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
