import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, copyTree } from './copy-tree.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { firstRed, tryMutant, type Verdict } from './try-mutant.ts'

const HELP = `Takes each guard away in a copy of the tree; at least one test must go red: npm run test:mutants -- [options]

  --only A,B    these mutants only
  --lanes N     how many at the same time, each in a copy of its own (2)
  --list        says which there are
`

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

const out = (text: string): void => void process.stdout.write(`${text}\n`)

function chosen(only: string | undefined): readonly Mutant[] {
  if (only === undefined) return MUTANTS
  const ids = only.split(',').map((id) => id.trim())
  const unknown = ids.filter((id) => !MUTANTS.some((mutant) => mutant.id === id))
  if (unknown.length > 0)
    throw new Error(`There is no mutant ${unknown.join(', ')}. --list says which there are.`)
  return MUTANTS.filter(({ id }) => ids.includes(id))
}

function wordsOf({ killedBy, seed, seconds, mutant }: Verdict): string {
  const simulated = seed === undefined ? '' : seed === null ? '; NOT seen by the simulator' : `; seed ${seed}`
  const result = killedBy === undefined ? 'SURVIVED' : `killed by “${killedBy}”`
  return `${mutant.id.padEnd(22)} ${`${seconds.toFixed(0)} s`.padStart(6)}  ${result}${simulated}`
}

const isKilled = ({ killedBy, seed }: Verdict): boolean => killedBy !== undefined && seed !== null

/** Each lane has a copy of its own and takes the next mutant when it is through with one. */
async function lane(waiting: Mutant[], verdicts: Verdict[]): Promise<void> {
  const tree = copyTree(ROOT)
  const green = new Set<string>()
  try {
    build(tree)
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const red = await redWithoutIt(tree, mutant, green)
      if (red !== undefined) out(`${mutant.id.padEnd(22)} NOT TRIED: “${red}” is red without it as well`)
      else {
        const verdict = await tryMutant(tree, mutant)
        verdicts.push(verdict)
        out(wordsOf(verdict))
      }
    }
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

/** A test that is red by itself proves nothing. One that is red now and then has another try. */
async function redWithoutIt(tree: string, mutant: Mutant, green: Set<string>): Promise<string | undefined> {
  const tests = JSON.stringify([mutant.tests, mutant.only])
  if (green.has(tests)) return undefined
  const red = (await firstRed(tree, mutant)) && (await firstRed(tree, mutant))
  if (red === undefined) green.add(tests)
  return red
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      lanes: { type: 'string', default: '2' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    out(HELP)
    return 0
  }
  if (values.list) {
    for (const { id, guard, file } of MUTANTS) out(`${id.padEnd(22)} ${file}\n${' '.repeat(23)}${guard}`)
    return 0
  }
  const mutants = chosen(values.only)
  const lanes = Number(values.lanes)
  if (!Number.isSafeInteger(lanes) || lanes < 1)
    throw new Error(`--lanes takes a whole number from 1 on. Nothing was run.`)
  const waiting = [...mutants]
  const verdicts: Verdict[] = []
  await Promise.all(Array.from({ length: Math.min(lanes, mutants.length) }, () => lane(waiting, verdicts)))
  const killed = new Set(verdicts.filter(isKilled).map(({ mutant }) => mutant))
  const survivors = mutants.filter((mutant) => !killed.has(mutant))
  const seen = verdicts.filter(({ seed }) => typeof seed === 'number').length
  out('')
  out(`${killed.size} of ${mutants.length} mutants killed; ${seen} of them by the simulator as well`)
  for (const { id, guard } of survivors) out(`not killed: ${id}: ${guard}`)
  return survivors.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
