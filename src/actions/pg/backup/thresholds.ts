import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import type { Facts } from '../../action.ts'
import { bytes, duration } from '../../wording.ts'

const WRITTEN = /^(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*([A-Za-z%]+)$/

type Op = '<' | '<=' | '>' | '>='
const HOLDS: Readonly<Record<Op, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

const SIZES = { B: 1, KB: 1e3, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }
const TIMES = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

interface Threshold {
  readonly text: string
  readonly holds: (value: number) => boolean
}

/** A comparison with a unit, as a check's `expect` writes it: `"> 100 MB"`, `"< 1h"`. */
function threshold(units: Readonly<Record<string, number>>, example: string) {
  return z.string().transform((text, context): Threshold => {
    const [, op = '', amount = '', unit = ''] = WRITTEN.exec(text.trim()) ?? []
    const factor = units[unit]
    const holds = isOp(op) ? HOLDS[op] : undefined
    if (factor === undefined || holds === undefined) {
      context.addIssue({ code: 'custom', message: `“${text}” is no comparison such as "${example}"` })
      return z.NEVER
    }
    return { text, holds: (value) => holds(value, Number(amount) * factor) }
  })
}

const isOp = (text: string): text is Op => Object.hasOwn(HOLDS, text)

/** What a backup must be beside whole: its size, its age when it is done, and its size beside the previous one's. */
export const BackupExpectations = z.strictObject({
  size: threshold(SIZES, '> 100 MB').optional(),
  age: threshold(TIMES, '< 1h').optional(),
  previous: threshold({ '%': 1 }, '>= 50 %').optional(),
})
export type BackupExpectations = z.infer<typeof BackupExpectations>

/** A backup of less than half the size of the one before has lost something. */
const PREVIOUS_DEFAULT = { text: '>= 50 %', holds: (percent: number) => percent >= 50 }

interface Made {
  readonly path: string
  readonly bytes: number
  /** Since the snapshot: what was written later is not in it. */
  readonly ageMs: number
  readonly previousBytes: number | undefined
  readonly facts: Facts
}

/** Refuses a backup that is whole but not what the runbook expects; it stays where it is. */
export function holdAgainst(expected: BackupExpectations, made: Made): void {
  const { previousBytes } = made
  const percent = previousBytes === undefined ? undefined : (made.bytes / Math.max(previousBytes, 1)) * 100
  const previous = expected.previous ?? PREVIOUS_DEFAULT
  const faults = [
    ...fault(expected.size, made.bytes, `its size is ${bytes(made.bytes)}`),
    ...fault(expected.age, made.ageMs, `its content is ${duration(made.ageMs)} old`),
    ...(percent === undefined
      ? []
      : fault(previous, percent, `it has ${percent.toFixed(0)} % of the size of the previous one`)),
  ]
  if (faults.length === 0) return
  throw new ActionFailure(`The backup is not as expected: ${faults.join('; ')}.`, {
    hint: 'Look whether the database is the right one and whole. If this is as it should be, correct `expect`.',
    changed: `nothing was changed; the backup is kept at ${made.path}`,
    facts: made.facts,
  })
}

function fault(expected: Threshold | undefined, value: number, seen: string): string[] {
  return expected === undefined || expected.holds(value) ? [] : [`${seen}, expected ${expected.text}`]
}
