import type { Effect } from '../support/effects.ts'
import { runsOf } from '../support/effects.ts'
import type { Run } from './rounds.ts'
import type { Story } from './story.ts'

/** What is measured over many runs. */
export interface Figures {
  readonly runs: number
  /** By who was killed of those that the run depends on. */
  readonly kills: Readonly<Record<string, number>>
  readonly outcomes: Readonly<Record<string, number>>
  /** Steps that worked on the target more than once. */
  readonly twice: readonly string[]
  /** Steps that the log calls done, and the target does not know their end. */
  readonly falselyDone: readonly string[]
  /** Steps that never came to rest. */
  readonly stuck: readonly string[]
  /** From the kill of its worker until the next one had it: milliseconds, sorted. */
  readonly adoptedMs: readonly number[]
  /** From the kill of runner and command until the log said `unknown`. */
  readonly unknownMs: readonly number[]
}

export function figuresOf(
  runs: readonly Run[],
  stories: readonly Story[],
  effects: readonly Effect[],
): Figures {
  const storyOf = new Map(stories.map((story) => [story.cutover, story]))
  const told = runs.map((run) => ({ run, story: storyOf.get(run.cutover)! }))
  const worked = new Map(runs.map(({ cutover }) => [cutover, runsOf(effects, `${cutover}.copy`)]))
  const hasEnded = (cutover: string) => worked.get(cutover)?.some((run) => run.includes('end')) === true
  return {
    runs: runs.length,
    kills: count(runs.map(({ killed }) => (killed.length === 0 ? 'nobody it needs' : killed.join(', ')))),
    outcomes: count(stories.map(outcomeText)),
    twice: runs.flatMap(({ cutover }) => ((worked.get(cutover)?.length ?? 0) > 1 ? [cutover] : [])),
    falselyDone: stories.flatMap(({ cutover, outcome }) =>
      outcome === 'succeeded' && !hasEnded(cutover) ? [cutover] : [],
    ),
    stuck: stories.flatMap(({ cutover, isOver }) => (isOver ? [] : [cutover])),
    adoptedMs: sorted(told.flatMap(({ run, story }) => adopted(run, story) ?? [])),
    unknownMs: sorted(told.flatMap(({ run, story }) => unknown(run, story) ?? [])),
  }
}

export function merged(all: readonly Figures[]): Figures {
  const sum = (of: (one: Figures) => Figures['kills']) =>
    all.map(of).reduce((sums, one) => {
      const next = { ...sums }
      for (const [name, times] of Object.entries(one)) next[name] = (next[name] ?? 0) + times
      return next
    }, {})
  return {
    runs: all.reduce((runs, one) => runs + one.runs, 0),
    kills: sum(({ kills }) => kills),
    outcomes: sum(({ outcomes }) => outcomes),
    twice: all.flatMap(({ twice }) => twice),
    falselyDone: all.flatMap(({ falselyDone }) => falselyDone),
    stuck: all.flatMap(({ stuck }) => stuck),
    adoptedMs: sorted(all.flatMap(({ adoptedMs }) => adoptedMs)),
    unknownMs: sorted(all.flatMap(({ unknownMs }) => unknownMs)),
  }
}

/** Nearest rank; NaN for none. */
export const percentile = (values: readonly number[], percent: number): number =>
  values[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? Number.NaN

/** It ran when its worker was killed, and went on: until the next worker said so, by adopting it or by its end. */
function adopted({ killed, killedAt }: Run, { at }: Story): number | null {
  if (!killed.includes('worker') || killed.includes('runner') || killed.includes('command')) return null
  const running = at['attempt running'] ?? Number.POSITIVE_INFINITY
  const seen = at['attempt adopted'] ?? at['attempt ended'] ?? 0
  return running < killedAt && seen > killedAt ? seen - killedAt : null
}

function unknown({ killed, killedAt }: Run, { at }: Story): number | null {
  const seen = at['attempt unknown'] ?? 0
  return killed.includes('runner') && killed.includes('command') && seen > killedAt ? seen - killedAt : null
}

const outcomeText = ({ outcome, why, attempts }: Story): string =>
  [
    outcome,
    ...(attempts > 1 ? ['given out anew'] : []),
    ...(outcome === 'failed' || outcome === 'refused' ? [why] : []),
  ].join(', ')

function count(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)
