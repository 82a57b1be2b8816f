import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { simulate, type Outcome } from './simulate.ts'

const HELP = `Simulates cutovers under faults: npm run test:simulate -- [options]

  --seeds N     how many runs, from 1 on (1000)
  --from S      the first seed (1)
  --seed S      one run, with everything that happens in it
  --within S    begins no further one after so many seconds
  --threads N   how many at the same time (one for each core)
  --slack       shows every run in Slack; by default every twelfth
`

interface Share {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly slack: boolean
  /** Seconds; 0: as long as it takes. */
  readonly within: number
}

interface Sum {
  seeds: number
  faults: number
  commits: number
  programs: number
  virtualMs: number
  withSlack: number
}

type Told = { readonly sum: Sum } | { readonly failed: Outcome }

const out = (text: string): void => void process.stdout.write(`${text}\n`)

const none = (): Sum => ({ seeds: 0, faults: 0, commits: 0, programs: 0, virtualMs: 0, withSlack: 0 })

const optionsOf = (slack: boolean): { readonly withSlack?: true } => (slack ? { withSlack: true } : {})

/** One thread: every `step`th seed. Tells its sums now and then, and the first violation. */
async function runShare({ from, to, step, slack, within }: Share, tell: (told: Told) => void): Promise<void> {
  const began = process.hrtime.bigint()
  const isInTime = (): boolean => within === 0 || Number(process.hrtime.bigint() - began) / 1e9 < within
  let sum = none()
  for (let seed = from; seed < to && isInTime(); seed += step) {
    const outcome = await simulate(seed, optionsOf(slack))
    if (outcome.violation !== undefined) return tell({ failed: outcome })
    const { faults, commits, programs, virtualMs, withSlack } = outcome.figures
    sum.seeds += 1
    sum.faults += faults
    sum.commits += commits
    sum.programs += programs
    sum.virtualMs += virtualMs
    if (withSlack) sum.withSlack += 1
    if (sum.seeds === 50) {
      tell({ sum })
      sum = none()
    }
  }
  tell({ sum })
}

function add(total: Sum, { seeds, faults, commits, programs, virtualMs, withSlack }: Sum): void {
  total.seeds += seeds
  total.faults += faults
  total.commits += commits
  total.programs += programs
  total.virtualMs += virtualMs
  total.withSlack += withSlack
}

/** All shares, each in a thread. The first violation ends them all. */
async function runAll({
  from,
  seeds,
  threads,
  slack,
  within,
}: {
  from: number
  seeds: number
  threads: number
  slack: boolean
  within: number
}): Promise<{ readonly total: Sum; readonly failed: Outcome | undefined }> {
  const total = none()
  let failed: Outcome | undefined
  const workers = Array.from({ length: threads }, (_, index): Worker => {
    const share: Share = { from: from + index, to: from + seeds, step: threads, slack, within }
    return new Worker(new URL(import.meta.url), { workerData: share })
  })
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.on('message', (told: Told) => {
            if ('sum' in told) return add(total, told.sum)
            failed = failed === undefined || told.failed.seed < failed.seed ? told.failed : failed
            for (const other of workers) void other.terminate()
          })
          worker.on('error', reject)
          worker.on('exit', () => resolve())
        }),
    ),
  )
  return { total, failed }
}

async function showOne(seed: number, slack: boolean): Promise<boolean> {
  const { trace, violation, figures } = await simulate(seed, { traced: true, ...optionsOf(slack) })
  out(trace.join('\n'))
  out('')
  out(
    violation === undefined
      ? `seed ${seed}: ${figures.end}; ${figures.faults} faults, ${figures.commits} commits, ${figures.programs} programs, no violation`
      : `seed ${seed} breaks a promise: ${violation}\nagain: npm run test:simulate -- --seed ${seed}${slack ? ' --slack' : ''}`,
  )
  return violation === undefined
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`--${name} takes a whole number from 1 on, not “${text}”. Nothing was run.`)
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      threads: { type: 'string' },
      within: { type: 'string' },
      slack: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { slack } = values
  if (values.help) {
    out(HELP)
    return 0
  }
  if (values.seed !== undefined) return (await showOne(numberOf('seed', values.seed, 1), slack)) ? 0 : 1
  const seeds = numberOf('seeds', values.seeds, 1000)
  const threads = Math.min(seeds, numberOf('threads', values.threads, availableParallelism()))
  const began = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  const { total, failed } = await runAll({
    from: numberOf('from', values.from, 1),
    seeds,
    threads,
    slack,
    within: values.within === undefined ? 0 : numberOf('within', values.within, 1),
  })
  if (failed !== undefined) {
    await showOne(failed.seed, slack)
    return 1
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  const { user, system } = process.cpuUsage(cpu)
  const each = (sum: number): string => (sum / total.seeds).toFixed(1)
  out(
    `${total.seeds} seeds, 0 violations, in ${seconds.toFixed(1)} s on ${threads} threads: ` +
      `${Math.round(total.seeds / seconds)} seeds/s, ${((user + system) / 1000 / total.seeds).toFixed(1)} ms of CPU each`,
  )
  out(
    `per seed: ${each(total.faults)} faults, ${each(total.commits)} commits, ${each(total.programs)} programs, ` +
      `${each(total.virtualMs / 1000)} s of its own time; ${total.withSlack} with Slack`,
  )
  return 0
}

if (isMainThread) {
  try {
    process.exitCode = await main()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  }
} else {
  await runShare(workerData as Share, (told) => parentPort?.postMessage(told))
}
