import { isUtf8 } from 'node:buffer'
import type { Masker } from './mask.ts'

/**
 * Turns a stream of output into masked lines. Bytes are held as latin1 strings, one character a byte, so that a
 * chunk may end anywhere.
 */
export interface LineMasker {
  /** The lines that the chunk completes, masked; valid UTF-8, without terminal control. */
  readonly push: (chunk: string) => readonly string[]
  /** The last line, when the output does not end with a line end. */
  readonly end: () => readonly string[]
  /** How much of what was pushed waits for the rest of its line. */
  readonly heldBytes: () => number
  /** The rest of the line that is being read is dropped: its beginning was given already. */
  readonly insideCutLine: () => boolean
}

export const LINE_BYTES_MAX = 4_096
/** So much of a long line is looked at to fill `LINE_BYTES_MAX`: masking may shorten it. */
const LOOKED_AT_BYTES = 16_384
const CUT = ' [line cut]'
/** Colours may stand in the middle of a secret; so they go before it is looked for. */
const TERMINAL_CONTROL =
  // oxlint-disable-next-line no-control-regex -- terminal control is what it is for
  /\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b\n]{0,256}(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]/g

export function makeLineMasker(masker: Masker, resumed: { readonly insideCutLine: boolean }): LineMasker {
  const limit = LOOKED_AT_BYTES + masker.longestBytes
  let held = ''
  let insideCutLine = resumed.insideCutLine

  function push(chunk: string): readonly string[] {
    const text = held + chunk
    // What follows a final CR decides whether it is a line end of its own.
    const waits = text.endsWith('\r') ? 1 : 0
    const lines = text.slice(0, text.length - waits).split(/\r\n|\n|\r/)
    held = (lines.pop() ?? '') + '\r'.repeat(waits)
    const complete = insideCutLine && lines.length > 0 ? lines.slice(1) : lines
    if (lines.length > 0) insideCutLine = false
    return [...maskLines(complete), ...dropLongRest()]
  }

  /** Memory stays bounded: a line without end is given as far as it is shown, and the rest is dropped. */
  function dropLongRest(): readonly string[] {
    const line = held.replace(/\r$/, '')
    const isLong = line.length > limit
    const beginning = isLong && !insideCutLine ? [maskLine(line)] : []
    if (!isLong && !insideCutLine) return beginning
    insideCutLine = true
    held = held.endsWith('\r') ? '\r' : ''
    return beginning
  }

  function maskLines(lines: readonly string[]): readonly string[] {
    const block = lines.join('\n')
    const clean = block.replaceAll(TERMINAL_CONTROL, '')
    const plain = !masker.finds(clean) && isUtf8(Buffer.from(clean, 'latin1'))
    if (plain && !lines.some((line) => line.length > LINE_BYTES_MAX))
      return lines.length === 0 ? [] : clean.split('\n')
    return lines.map(maskLine)
  }

  function maskLine(line: string): string {
    const clean = line.slice(0, limit).replaceAll(TERMINAL_CONTROL, '')
    // What begins further on might go on behind the limit and not be recognised: it is not shown.
    const startsBefore = line.length > limit ? Math.max(0, clean.length - masker.longestBytes) : Infinity
    const masked = asUtf8(masker.maskLatin1(clean, { startsBefore }))
    if (masked.length <= LINE_BYTES_MAX && line.length <= limit) return masked
    return cutAtCharacter(masked) + CUT
  }

  function end(): readonly string[] {
    const rest = held.replace(/\r$/, '')
    const last = rest === '' || insideCutLine ? [] : [maskLine(rest)]
    held = ''
    insideCutLine = false
    return last
  }

  return { push, end, heldBytes: () => held.length, insideCutLine: () => insideCutLine }
}

function cutAtCharacter(line: string): string {
  let end = Math.min(line.length, LINE_BYTES_MAX)
  while (end > 0 && (line.charCodeAt(end) & 0xc0) === 0x80) end -= 1
  return line.slice(0, end)
}

/** Bytes that are no UTF-8 become U+FFFD; still one character a byte. */
function asUtf8(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? latin1 : Buffer.from(bytes.toString()).toString('latin1')
}
