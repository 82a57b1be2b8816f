import type { AttemptProgress } from '../../app/ports.ts'
import type { AttemptState } from '../../domain/state.ts'
import { bytesText, durationText, numberText } from '../../templates/format.ts'
import { dotted, value } from './words.ts'

/** Attempt id → how far it is. */
export type Progress = ReadonlyMap<string, AttemptProgress>

const BAR = 14

/** `▓▓▓░░ 36 %  1.1 of 3.0 M rows · 21,400 rows/s · 40 s left`, as much of it as is known. */
export function progressText(attempt: AttemptState, progress: AttemptProgress | undefined): string {
  if (progress === undefined) return ''
  const { done, total, unit = '', label, sample } = progress
  const counted = done === undefined ? '' : countText(done, total, unit)
  const rate = rateOf(attempt, progress)
  return dotted([
    label !== undefined && value(label, 200),
    done !== undefined && total !== undefined && total > 0 && barText(done / total),
    counted,
    // Of migrations there are few in a minute; a rate of nought says nothing.
    rate !== null && rate >= 1 && `${amount(rate, unit)}/s`,
    leftText(progress, rate),
    // The label of a watch, and of a check that waits, has its last look already.
    sample !== undefined && label?.includes(sample) !== true && value(sample, 120),
  ])
}

function barText(part: number): string {
  const whole = Math.min(1, Math.max(0, part))
  const full = Math.floor(whole * BAR)
  return `${'▓'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.floor(whole * 100)} %`
}

function countText(done: number, total: number | undefined, unit: string): string {
  if (total === undefined) return amount(done, unit)
  return unit === 'bytes'
    ? `${bytesText(done)} of ${bytesText(total)}`
    : `${numberText(done)} of ${amount(total, unit)}`
}

const amount = (count: number, unit: string): string =>
  unit === 'bytes'
    ? bytesText(count)
    : `${numberText(Math.round(count))}${unit === '' ? '' : ` ${value(unit, 20)}`}`

/** Per second, since it began to run; null while that says nothing yet. */
function rateOf({ runningAt, spawningAt }: AttemptState, { done, at }: AttemptProgress): number | null {
  const since = runningAt ?? spawningAt
  if (done === undefined || since === undefined || at - since < 1_000) return null
  return done / ((at - since) / 1_000)
}

function leftText({ done, total }: AttemptProgress, rate: number | null): string {
  if (done === undefined || total === undefined || rate === null || rate <= 0 || done >= total) return ''
  return `${durationText(Math.ceil((total - done) / rate) * 1_000)} left`
}
