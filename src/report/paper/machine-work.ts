import type { Argument, Expectations, Work } from '../../domain/plan.ts'
import { durationText } from '../../templates/format.ts'
import type { StepPart } from './document.ts'
import { argumentText, expectationsText, shellWord } from './words.ts'

type Given = Work['with']

/** What is typed, asked or started, in full. */
export function machineWork(
  { uses, with: given, expect, withinMs, everyMs }: Work,
  about: { readonly summaryOf: (uses: string) => string | undefined; readonly caption?: string },
): StepPart['parts'] {
  const { shown, besides, isAction } = shownOf(uses, given)
  const summary = isAction ? about.summaryOf(uses) : undefined
  const rows = [
    ...Object.entries(besides).map(([name, value]) => [name, argumentText(value)] as const),
    ...row('Expected', expected(expect, withinMs, everyMs)),
  ]
  return [
    ...(summary === undefined ? [] : [{ type: 'text' as const, text: summary }]),
    { type: 'verbatim', ...(about.caption === undefined ? {} : { caption: about.caption }), text: shown },
    ...(rows.length === 0 ? [] : [{ type: 'facts' as const, rows }]),
  ]
}

export const row = (label: string, value: string): readonly (readonly [string, string])[] =>
  value === '' ? [] : [[label, value]]

interface Shown {
  readonly shown: string
  /** Arguments that do not stand in what is shown. */
  readonly besides: Given
  /** What is shown is the name of an action. */
  readonly isAction: boolean
}

function shownOf(uses: string, given: Given): Shown {
  const { argv, query, file } = given
  if (Array.isArray(argv)) {
    const line = argv.map((word: Argument) => shellWord(argumentText(word))).join(' ')
    return { shown: line, besides: without(given, 'argv'), isAction: false }
  }
  if (uses === 'script' && typeof file === 'string')
    return {
      shown: `bash -euo pipefail ${shellWord(file)}`,
      besides: without(given, 'file'),
      isAction: false,
    }
  if (typeof query === 'string') return { shown: query, besides: without(given, 'query'), isAction: false }
  return { shown: uses, besides: given, isAction: true }
}

const without = (given: Given, name: string): Given =>
  Object.fromEntries(Object.entries(given).filter(([key]) => key !== name))

function expected(
  expect: Expectations | undefined,
  withinMs: number | undefined,
  everyMs: number | undefined,
): string {
  const parts = [
    expect === undefined ? '' : expectationsText(expect),
    withinMs === undefined ? '' : `within ${durationText(withinMs)}`,
    everyMs === undefined ? '' : `looked at every ${durationText(everyMs)}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}
