import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, mutate } from './copy-tree.ts'
import type { Mutant } from './mutants.ts'

/** What became of one mutant. */
export interface Verdict {
  readonly mutant: Mutant
  /** The first test that went red; absent: it survived. */
  readonly killedBy?: string
  /** Seed in which the simulator saw it; null: it was asked and saw nothing. Absent: it was not asked. */
  readonly seed?: number | null
  readonly seconds: number
}

const SEEDS = 400
const SLACK_SEEDS = 120

/** Runs the tests of one mutant in a tree of its own, and the simulator where it should see it. */
export async function tryMutant(tree: string, mutant: Mutant): Promise<Verdict> {
  const began = process.hrtime.bigint()
  const putBack = mutate(tree, mutant)
  try {
    if (mutant.needsBuild) build(tree)
    const killedBy = await firstRed(tree, mutant)
    const seed = mutant.simulated === undefined ? undefined : await seenInSeed(tree, mutant.simulated)
    return {
      mutant,
      ...(killedBy === undefined ? {} : { killedBy }),
      ...(seed === undefined ? {} : { seed }),
      seconds: Number(process.hrtime.bigint() - began) / 1e9,
    }
  } finally {
    putBack()
    if (mutant.needsBuild) build(tree)
  }
}

interface Report {
  readonly numTotalTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** The name of the first test that is red; undefined: all are green. Throws when they did not run at all. */
export async function firstRed(
  tree: string,
  { tests, only }: Pick<Mutant, 'tests' | 'only'>,
): Promise<string | undefined> {
  const output = join(tree, 'mutant-report.json')
  rmSync(output, { force: true })
  const said = await run(tree, [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...tests,
    '--bail=1',
    '--retry=0',
    '--reporter=json',
    `--outputFile=${output}`,
    ...(only === undefined ? [] : ['--testNamePattern', only]),
  ])
  const { testResults } = readReport(output, said)
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const red = results.find(({ status }) => status === 'failed')
  if (red !== undefined) return red.fullName
  const broken = testResults.find(({ status }) => status === 'failed')
  if (broken !== undefined)
    return `${broken.name.slice(tree.length + 1)} does not load: ${broken.message.slice(0, 200)}`
  if (!results.some(({ status }) => status === 'passed'))
    throw new Error(`No test ran of ${tests.join(', ')}.`)
  return undefined
}

function readReport(path: string, said: string): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch {
    throw new Error(`The tests did not run: ${said.slice(-2000)}`)
  }
}

async function seenInSeed(tree: string, how: true | 'slack'): Promise<number | null> {
  await run(tree, ['node_modules/typescript/bin/tsc', '-p', 'test/simulate', '--noCheck'])
  const said = await run(tree, [
    'out/simulate/test/simulate/main.js',
    '--threads',
    '1',
    '--seeds',
    String(how === 'slack' ? SLACK_SEEDS : SEEDS),
    ...(how === 'slack' ? ['--slack'] : []),
  ])
  const [, seed] = /seed (\d+) breaks a promise/.exec(said) ?? []
  if (seed !== undefined) return Number(seed)
  if (/ 0 violations/.test(said)) return null
  throw new Error(`The simulator did not run: ${said.slice(-2000)}`)
}

/** Everything that it said, however it ended. */
function run(tree: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: tree, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', reject)
    child.once('close', () => resolve(said))
  })
}
