import type { Part } from '../../domain/events.ts'
import type { AttemptState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { value } from './words.ts'

const SIGNS = { done: '✓', failed: '✗', 'not run': '·' } as const
const SHOWN_MAX = 30

/** A line for each of the tool's own steps: `✗ 0005_unique  12 s, failed`. */
export function partLines({ parts = [] }: AttemptState): readonly string[] {
  const more = parts.length - SHOWN_MAX
  const shown = more > 0 ? parts.slice(-SHOWN_MAX) : parts
  return [...(more > 0 ? [`${more} more before these`] : []), ...shown.map(partLine)]
}

function partLine({ name, outcome, durationMs }: Part): string {
  const took = durationMs === undefined ? '' : `  ${durationText(durationMs)}`
  const said = outcome === 'done' ? '' : `${took === '' ? '  ' : ', '}${outcome}`
  return `${SIGNS[outcome]} ${value(name, 120)}${took}${said}`
}
