import { StringDecoder } from 'node:string_decoder'
import { oneLine } from '../wording.ts'

/** What is kept of a program's output, with bounded memory. */
export interface OutputTally {
  readonly take: (chunk: Uint8Array) => void
  /** The beginning, at most 64 kB. Call it when all was taken. */
  readonly output: () => string
  readonly lines: () => number
  readonly lastLine: () => string
}

const KEPT = 64 * 1024
const LINE_MAX = 16 * 1024

/** Splits output into lines and keeps what can be expected of it. `each` hears every line without its end. */
export function makeOutputTally(each: (line: string) => void = () => undefined): OutputTally {
  const decoder = new StringDecoder('utf8')
  let kept = ''
  let held = ''
  let lines = 0
  let last = ''

  function line(text: string): void {
    lines += 1
    each(text)
    if (text.trim() !== '') last = text
  }

  function end(): void {
    if (held === '') return
    line(held)
    held = ''
  }

  return {
    take: (chunk) => {
      const text = decoder.write(Buffer.from(chunk))
      if (kept.length < KEPT) kept = (kept + text).slice(0, KEPT)
      const parts = (held + text).split(/\r?\n/)
      held = (parts.pop() ?? '').slice(0, LINE_MAX)
      parts.forEach(line)
    },
    output: () => {
      end()
      return kept.trim()
    },
    lines: () => {
      end()
      return lines
    },
    lastLine: () => {
      end()
      return oneLine(last, 200)
    },
  }
}
