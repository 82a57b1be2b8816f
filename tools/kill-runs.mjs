/**
 * `npm run test:kills -- --runs 1000 --seed 7`: attempts on real workers, somebody killed at a random moment of each,
 * and what became of them. The same seed kills the same processes at the same moments after the opening.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
})
for (const [name, text] of Object.entries(values)) {
  if (/^[1-9]\d*$/.test(text)) continue
  process.stderr.write(`--${name} is a whole number, not "${text}".\n`)
  process.exit(2)
}
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--project', 'faults', 'test/faults/kill-runs.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, KILL_RUNS: values.runs, KILL_SEED: values.seed },
  },
)
process.exitCode = status ?? 1
