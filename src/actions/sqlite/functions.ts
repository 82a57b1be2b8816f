import { isUtf8 } from 'node:buffer'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { canonicalDecimal, fitsDecimal } from '../values/decimal.ts'
import { canonicalJson } from '../values/json.ts'
import { canonicalDate, canonicalTime, canonicalTimestamp } from '../values/timestamp.ts'

type Value = string | bigint | number | Uint8Array | null

/**
 * Our own functions for SQL on this connection. Each gives NULL for a value that it cannot read as what it is asked
 * for. A call costs about 0.3 µs, so SQL handles the common forms itself and calls only for the others.
 */
export function addFunctions(database: DatabaseSyncInstance): void {
  const add = (name: string, work: (value: Value, ...rest: readonly Value[]) => Value | undefined) => {
    database.function(
      name,
      { deterministic: true, useBigIntArguments: true, varargs: true },
      (value: Value, ...rest: Value[]) => work(value, ...rest) ?? null,
    )
  }
  add('cutover_moment', (value) => (isBytes(value) ? null : canonicalTimestamp(value)))
  add('cutover_date', (value) => (typeof value === 'string' ? canonicalDate(value) : null))
  add('cutover_time', (value) => (typeof value === 'string' ? canonicalTime(value) : null))
  add('cutover_json', (value) => (isBytes(value) ? null : canonicalJson(String(value))))
  add('cutover_decimal', (value, scale) =>
    isBytes(value)
      ? null
      : canonicalDecimal(value, scale === null || scale === undefined ? undefined : Number(scale)),
  )
  add('cutover_fits_decimal', (value, precision, scale) =>
    fitsDecimal(String(value), Number(precision), Number(scale)) ? 1 : 0,
  )
  add('cutover_float_bits', (value) => (typeof value === 'number' ? floatBits(value) : null))
  add('cutover_is_float4', (value) => (Math.fround(Number(value)) === Number(value) ? 1 : 0))
  add('cutover_is_utf8', (value) => (value instanceof Uint8Array && isUtf8(value) ? 1 : 0))
  add('cutover_without_nul', (value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString().replaceAll('\0', '') : null,
  )
  addFloatPacking(database)
}

/** As PostgreSQL's `encode(float8send(x), 'hex')`. */
function floatBits(value: number): string {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

/**
 * Aggregate: the IEEE bits of the floats of a chunk, row by row, as `string_agg(float8send(a) || float8send(b), '')`;
 * a NULL leaves none. The binding keeps an aggregate's own state as JSON between two rows, so the bytes are gathered
 * here instead; one query at a time runs on a connection.
 */
function addFloatPacking(database: DatabaseSyncInstance) {
  let bytes = Buffer.allocUnsafe(65_536)
  let length = 0
  database.aggregate('cutover_pack_floats', {
    varargs: true,
    start: () => {
      length = 0
      return 0
    },
    step: (_: unknown, ...values: readonly unknown[]) => {
      for (const value of values) {
        if (typeof value !== 'number') continue
        if (length === bytes.length) bytes = Buffer.concat([bytes, bytes])
        length = bytes.writeDoubleBE(value, length)
      }
      return 0
    },
    result: () => Buffer.from(bytes.subarray(0, length)),
  })
}

function isBytes(value: Value): value is Uint8Array | null {
  return value === null || value instanceof Uint8Array
}
