import { oneLine } from '../wording.ts'

const ERROR_LINE = /^(?:[\w.]+\.)?\w*(?:Error|Exception|DoesNotExist|Violation|Timeout|FAILED)\b:? ?/
const DETAIL_LINE = /^(?:DETAIL|HINT|CONTEXT):/

/** The sentence in which a Python tool says what went wrong, with PostgreSQL's detail; without the traceback. */
export function pythonError(lines: readonly string[]): string {
  const at = lines.findLastIndex((line) => ERROR_LINE.test(line))
  const first = lines[at] ?? lines.findLast((line) => line.trim() !== '') ?? 'it said nothing'
  const details = at === -1 ? [] : lines.slice(at + 1, at + 6).filter((line) => DETAIL_LINE.test(line))
  // The class of the exception helps nobody at night.
  const plain = first.replace(/^(?:[\w.]+\.)?\w+(?:Error|Exception): (?:\([\w.]+\) )?/, '')
  return oneLine([plain === '' ? first : plain, ...details].join(' '), 500)
}

export const isLockTimeout = (lines: readonly string[]): boolean =>
  lines.some((line) => /lock timeout|could not obtain lock/i.test(line))
