import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { startCompany } from './kills/company.ts'
import { figuresOf, merged, percentile, type Figures } from './kills/figures.ts'
import { areOver, playRound, type Run } from './kills/rounds.ts'
import { readStories } from './kills/story.ts'
import { chanceOf } from './support/chance.ts'
import { readEffects } from './support/effects.ts'
import { faultWithoutQueue, isWhole } from './support/fault.ts'
import type { Backend } from './support/rig.ts'

/** `npm run test:kills -- --runs 1000 --seed 7`; the suite itself plays a few. */
const RUNS = Number(process.env['KILL_RUNS'] ?? (isWhole ? 96 : 8))
const SEED = Number(process.env['KILL_SEED'] ?? 1)
/** A company is as large as one of a team: hundreds of open cutovers would measure something else. */
const RUNS_OF_A_COMPANY = 150
const POOLS = RUNS < 100 ? ['east'] : ['east', 'west', 'north']
const REST_MS = 100_000
const TARGETS = { adoptedMs: 10_000, unknownMs: 30_000 }

const hasPsql = spawnSync('psql', ['--version']).status === 0

interface Played {
  readonly figures: Figures
  readonly decisions: { readonly acknowledged: number; readonly lost: number; readonly twice: number }
  readonly broken: readonly string[]
}

async function play(
  seed: number,
  { runs: wanted, backend }: { runs: number; backend: Backend },
): Promise<Played> {
  const company = await startCompany(backend, POOLS)
  const runs: Run[] = []
  await Promise.all(
    company.lanes.map(async (lane, index) => {
      const chance = chanceOf(seed * POOLS.length + index)
      for (let round = 1; runs.length < wanted; round += 1) {
        runs.push(...(await playRound(company, { lane, name: `${lane.pool}${round}x`, chance })))
      }
    }),
  )
  const cutovers = runs.map(({ cutover }) => cutover)
  const deadline = performance.now() + REST_MS
  // What was claimed by a worker that was killed is taken back after half a minute.
  while (performance.now() < deadline && !(await areOver(company, cutovers))) await sleep(500)
  const stories = await readStories(company.installation.pool, cutovers)
  const figures = figuresOf(runs, stories, await readEffects(company.target))
  const decisions = await company.deciding.account()
  return { figures, decisions, broken: await company.close(cutovers) }
}

faultWithoutQueue(
  'T01–T02',
  `kill -9 at random moments of worker, runner, command and leader`,
  async (trial) => {
    const played: Played[] = []
    for (let batch = 0, left = RUNS; left > 0; batch += 1) {
      const backend = batch % 2 === 0 ? 'postgres' : 'redis'
      const one = await play(SEED + batch, { runs: Math.min(left, RUNS_OF_A_COMPANY), backend })
      played.push(one)
      left -= one.figures.runs
    }
    const figures = merged(played.map((one) => one.figures))
    const broken = played.flatMap((one) => one.broken)
    trial.runs(figures.runs)
    trial.violations(broken.length)
    if (isWhole || RUNS > 8) process.stdout.write(report(figures, played))

    expect(broken).toEqual([])
    expect(figures).toMatchObject({ twice: [], falselyDone: [], stuck: [] })
    for (const { decisions } of played) expect(decisions).toMatchObject({ lost: 0, twice: 0 })
    if (figures.adoptedMs.length > 0)
      expect(percentile(figures.adoptedMs, 99)).toBeLessThan(TARGETS.adoptedMs)
    if (figures.unknownMs.length > 0)
      expect(percentile(figures.unknownMs, 99)).toBeLessThan(TARGETS.unknownMs)
  },
  { timeoutMs: 4 * 3_600_000, needs: hasPsql },
)

function report(figures: Figures, played: readonly Played[]): string {
  const sum = (of: (one: Played) => number) => played.reduce((all, one) => all + of(one), 0)
  const times = (values: readonly number[]) =>
    [50, 99, 100]
      .map((percent) => `p${percent} ${(percentile(values, percent) / 1000).toFixed(1)} s`)
      .join(', ')
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, many]) => `  ${many} ${name}`)
  return [
    '',
    `${figures.runs} runs, seeds ${SEED} to ${SEED + played.length - 1}; killed of each:`,
    ...list(figures.kills),
    'they came to:',
    ...list(figures.outcomes),
    `steps run twice: ${figures.twice.length}; called done without their end in the target: ${figures.falselyDone.length}; stuck: ${figures.stuck.length}`,
    `decisions acknowledged: ${sum(({ decisions }) => decisions.acknowledged)}; lost: ${sum(({ decisions }) => decisions.lost)}; recorded twice: ${sum(({ decisions }) => decisions.twice)}`,
    `promises broken: ${sum(({ broken }) => broken.length)}`,
    `adopted after the kill of its worker: ${figures.adoptedMs.length} runs, ${times(figures.adoptedMs)}`,
    `unknown after the kill of runner and command: ${figures.unknownMs.length} runs, ${times(figures.unknownMs)}`,
    '',
  ].join('\n')
}
