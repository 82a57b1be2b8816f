const DECIMAL = /^\s*(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d{1,4}))?\s*$/

interface Parts {
  readonly sign: string
  readonly whole: string
  readonly fraction: string
}

/**
 * An exact decimal as plain digits: `-12.5`, no exponent, no leading zeros. With a scale: exactly so many digits
 * after the point (more only where they are not zero); without one: no trailing zeros. A floating-point number
 * counts as the shortest decimal that reads back as it. Undefined: not a number.
 */
export function canonicalDecimal(value: string | bigint | number, scale?: number): string | undefined {
  const parts = partsOf(String(value))
  if (!parts) return undefined
  const trimmed = parts.fraction.replace(/0+$/, '')
  const fraction = scale === undefined ? trimmed : trimmed.padEnd(scale, '0')
  const digits = fraction === '' ? parts.whole : `${parts.whole}.${fraction}`
  return parts.sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits
}

/** Whether a `numeric(precision, scale)` holds the value without rounding it. */
export function fitsDecimal(value: string, precision: number, scale: number): boolean {
  const parts = partsOf(value)
  if (!parts) return false
  const whole = parts.whole === '0' ? '' : parts.whole
  return whole.length <= precision - scale && parts.fraction.replace(/0+$/, '').length <= scale
}

/** Digits after the point that PostgreSQL keeps of a number as it is written: `1.50` has two, `1e2` none. */
export function writtenDecimal(text: string): string | undefined {
  const parts = partsOf(text)
  if (!parts) return undefined
  const digits = parts.fraction === '' ? parts.whole : `${parts.whole}.${parts.fraction}`
  return parts.sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits
}

function partsOf(text: string): Parts | undefined {
  const groups = DECIMAL.exec(text)?.groups
  if (!groups) return undefined
  const { sign = '', whole = '', fraction = '', exponent = '0' } = groups
  if (whole === '' && fraction === '') return undefined
  const moved = shift(whole, fraction, Number(exponent))
  return { sign, whole: moved.whole.replace(/^0+(?=\d)/, '') || '0', fraction: moved.fraction }
}

function shift(whole: string, fraction: string, by: number): { whole: string; fraction: string } {
  if (by >= 0) {
    const padded = fraction.padEnd(by, '0')
    return { whole: whole + padded.slice(0, by), fraction: padded.slice(by) }
  }
  const padded = whole.padStart(-by, '0')
  return { whole: padded.slice(0, padded.length + by), fraction: padded.slice(padded.length + by) + fraction }
}
