import type { Offset } from '../../domain/plan.ts'
import { DAY, durationMs } from './duration.ts'

const ELAPSED = /^T([+-])(0|(?:\d+[smh])+)$/
const CALENDAR = /^T([+-])(\d+)d(?: (\d\d:\d\d))?$/
const AFTER = /^(?:after:? )?([a-z][a-z0-9-]*)(?: \+((?:\d+[smhd])+))?$/

/** An offset as the document holds it: `T-30m`, `after: copy +10m`, `{ after: copy +10m }`. */
export type OffsetText = string | { readonly after: string }

/** None when the text is no time form. */
export function offsetOf(written: OffsetText): Offset | undefined {
  if (typeof written !== 'string') return afterOf(written.after)
  const elapsed = ELAPSED.exec(written)
  if (elapsed) return { kind: 'elapsed', ms: signed(elapsed[1], durationMs(elapsed[2] ?? '')) }
  const calendar = CALENDAR.exec(written)
  if (calendar) {
    const [, direction, days, at] = calendar
    return { kind: 'calendar', days: signed(direction, Number(days)), ...(at === undefined ? {} : { at }) }
  }
  return written.startsWith('after') ? afterOf(written) : undefined
}

function afterOf(text: string): Offset | undefined {
  const [, step, wait] = AFTER.exec(text) ?? []
  return step === undefined ? undefined : { kind: 'after', step, ms: durationMs(wait ?? '') }
}

/** Adding zero turns the -0 of `T-0` into 0. */
const signed = (direction: string | undefined, amount: number): number =>
  (direction === '-' ? -amount : amount) + 0

/** Milliseconds from T-0 when that is known before the start; calendar days count as 24 hours. */
export function fromStartMs(offset: Offset): number | undefined {
  if (offset.kind === 'elapsed') return offset.ms
  return offset.kind === 'calendar' ? offset.days * DAY : undefined
}
