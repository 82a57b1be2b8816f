const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** `90s`, `10m`, `1h30m`, `2d`. */
export const DURATION = /^(?:\d+[smhd])+$/
/** One duration or two with a dash: `1m-2m`. */
export const DURATION_RANGE = /^(?:\d+[smhd])+(?:-(?:\d+[smhd])+)?$/

/** Milliseconds of a text that matches {@link DURATION}. */
export function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0),
    0,
  )
}

/** Milliseconds of a text that matches {@link DURATION_RANGE}; one duration is both ends. */
export function rangeMs(text: string): { readonly lowMs: number; readonly highMs: number } {
  const [low = '', high = low] = text.split('-')
  return { lowMs: durationMs(low), highMs: durationMs(high) }
}

/** `1h 30m` for messages. */
export function spoken(ms: number): string {
  const parts = [
    [Math.floor(ms / DAY), 'd'],
    [Math.floor((ms % DAY) / HOUR), 'h'],
    [Math.floor((ms % HOUR) / MINUTE), 'm'],
    [Math.floor((ms % MINUTE) / SECOND), 's'],
  ] as const
  const said = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`)
  return said.length > 0 ? said.join(' ') : '0s'
}
