import type { AttemptProgress } from '../../app/ports.ts'
import type { Left } from '../../domain/parts.ts'
import type { Instant, Range } from '../../domain/plan.ts'
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

function leftText({ done, total, left }: AttemptProgress, rate: number | null): string {
  if (left !== undefined) return estimatedText(left)
  if (done === undefined || total === undefined || rate === null || rate <= 0 || done >= total) return ''
  return `${durationText(Math.ceil((total - done) / rate) * 1_000)} left`
}

const MINUTE_MS = 60_000

/** `~4 min left`, `~12 to 18 min left`, `at least ~4 min left`: whole minutes, so that it stays for a while. */
function estimatedText({ lowMs, highMs, unknown }: Left): string {
  const least = unknown > 0 ? 'at least ' : ''
  const [low, high] = [lowMs, highMs].map((ms) => Math.ceil(ms / MINUTE_MS))
  if (high === undefined || high === 0) return unknown > 0 ? '' : 'later than estimated'
  if (high === 1) return `${least}less than a minute left`
  return `${least}~${low === high || low === undefined ? '' : `${low} to `}${high} min left`
}

/** What the attempts under way say is left of them, at this moment. */
export const leftIn =
  (progress: Progress, now: Instant) =>
  (attempt: string): Range | undefined => {
    const { left, at } = progress.get(attempt) ?? {}
    if (left === undefined || at === undefined) return undefined
    const passed = Math.max(0, now - at)
    return { lowMs: Math.max(0, left.lowMs - passed), highMs: Math.max(0, left.highMs - passed) }
  }
