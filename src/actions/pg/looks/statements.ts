import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { RunAction } from '../../action.ts'
import { offer } from '../../offer.ts'
import { hostPath } from '../../parameters.ts'
import { count } from '../../wording.ts'
import { lookReadOnly, named, onTarget, pgLook } from './look.ts'
import { between, meanOf, readSnapshot, takeSnapshot } from './statement-statistics.ts'
import type { Spent } from './statement-statistics.ts'

const SnapshotInput = z.strictObject({
  ...onTarget,
  to: hostPath('Where the snapshot is written; a file in the attempt’s own folder unless said.').optional(),
})

const snapshot: RunAction<z.infer<typeof SnapshotInput>> = {
  name: 'pg.statements-snapshot',
  kind: 'run',
  mutating: false,
  summary:
    'Keeps what pg_stat_statements has counted until now, so that later looks can say what was spent since. The extension must be installed; nothing is reset.',
  input: SnapshotInput,
  facts: { file: 'path', statements: 'int' },
  run: async (input, context) => {
    const taken = await lookReadOnly(input, context, (ask) => takeSnapshot(ask, input.target.name))
    const file = input.to === undefined ? join(context.folder, 'statements.json') : resolve(input.to)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, JSON.stringify(taken), { mode: 0o600 })
    return {
      summary: `${count(taken.statements.length, 'statement')} counted so far`,
      facts: { file, statements: taken.statements.length },
    }
  },
}

/** Twice as slow, called often enough to mean something. */
const SLOWER = 2
const CALLS = 10
const SHOWN = 10

const statements = pgLook({
  name: 'pg.statements',
  summary:
    'What statements cost since a snapshot, as the difference of two counts of pg_stat_statements. `value` is milliseconds per call over all, `rows` how many statements were called. With `before`, the time between the two snapshots is what it is held against: `json` has percent, and statements twice as slow are named. Always green without `expect`.',
  input: z.strictObject({
    ...onTarget,
    since: hostPath('File of the snapshot that it counts from: `$snapshot.file`.'),
    before: hostPath('File of an older snapshot: what lies between the two is the comparison.').optional(),
  }),
  facts: {
    statements: 'int',
    calls: 'int',
    meanMs: 'number',
    beforeMs: 'number',
    percent: 'int',
    top: 'list',
    slower: 'list',
  },
  look: async (ask, { target, since, before }) => {
    const start = readSnapshot(resolve(since))
    const spent = between(start, await takeSnapshot(ask, target.name))
    const earlier = before === undefined ? [] : between(readSnapshot(resolve(before)), start)
    const mean = meanOf(spent)
    const beforeMean = meanOf(earlier)
    const percent =
      mean === null || beforeMean === null || beforeMean === 0 ? null : Math.round((100 * mean) / beforeMean)
    const calls = spent.reduce((sum, one) => sum + one.calls, 0)
    const slower = slowerOnes(earlier, spent)
    const compared =
      before === undefined
        ? ''
        : percent === null
          ? '; nothing before to compare with'
          : `; ${percent} % of before${slower.length === 0 ? '' : `, slower: ${named(slower, 2)}`}`
    return {
      green: true,
      answer:
        mean === null
          ? 'no statement was called since'
          : `${count(calls, 'call')} of ${count(spent.length, 'statement')}, ${round(mean)} ms each${compared}`,
      value: mean,
      rows: spent.length,
      facts: {
        statements: spent.length,
        calls,
        meanMs: mean === null ? null : round(mean),
        beforeMs: beforeMean === null ? null : round(beforeMean),
        percent,
        top: spent
          .toSorted((one, other) => other.ms - one.ms)
          .slice(0, SHOWN)
          .map((one) => `${round(one.ms)} ms in ${count(one.calls, 'call')}: ${one.query}`),
        slower,
      },
    }
  },
})

function slowerOnes(earlier: readonly Spent[], spent: readonly Spent[]): readonly string[] {
  const known = new Map(earlier.map((one) => [one.id, one]))
  return spent.flatMap((now) => {
    const then = known.get(now.id)
    if (!then || now.calls < CALLS || then.calls < CALLS) return []
    const [was, is] = [then.ms / then.calls, now.ms / now.calls]
    return is >= SLOWER * was ? [`${now.query} ${round(was)} → ${round(is)} ms`] : []
  })
}

const round = (ms: number): number => Math.round(ms * 100) / 100

export const STATEMENT_LOOKS = [offer(snapshot), offer(statements)] as const
