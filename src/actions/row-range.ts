import { count } from './wording.ts'

/** A number of rows, both ends included. */
export interface RowRange {
  readonly least: number
  readonly most: number
}

const EXACT = /^(\d[\d_]*)$/
const BETWEEN = /^(\d[\d_]*)\s*(?:-|–|\.\.)\s*(\d[\d_]*)$/
const ABOUT = /^(\d[\d_]*)\s*(?:±|\+-|\+\/-)\s*(\d+(?:\.\d+)?)\s*%$/
const COMPARED = /^(<=|>=|<|>)\s*(\d[\d_]*)$/

/** Reads `1200`, `>= 1000`, `1000-1200` or `1200 ± 5 %`; undefined for anything else. */
export function rowRange(text: string): RowRange | undefined {
  const exact = EXACT.exec(text)
  if (exact) return { least: whole(exact[1]), most: whole(exact[1]) }
  const between = BETWEEN.exec(text)
  if (between) return { least: whole(between[1]), most: whole(between[2]) }
  const about = ABOUT.exec(text)
  if (about) {
    const slack = (whole(about[1]) * Number(about[2])) / 100
    return { least: Math.ceil(whole(about[1]) - slack), most: Math.floor(whole(about[1]) + slack) }
  }
  const [, op, bound] = COMPARED.exec(text) ?? []
  if (op === '>=') return { least: whole(bound), most: Infinity }
  if (op === '>') return { least: whole(bound) + 1, most: Infinity }
  if (op === '<=') return { least: 0, most: whole(bound) }
  if (op === '<') return { least: 0, most: whole(bound) - 1 }
  return undefined
}

const whole = (digits: string | undefined): number => Number((digits ?? '').replaceAll('_', ''))

/** `1,200 rows`, `1,000 to 1,200 rows`, `at least 1,000 rows`. */
export function rangeText({ least, most }: RowRange): string {
  if (least === most) return count(least, 'row')
  if (most === Infinity) return `at least ${count(least, 'row')}`
  return least === 0
    ? `at most ${count(most, 'row')}`
    : `${least.toLocaleString('en-US')} to ${count(most, 'row')}`
}
