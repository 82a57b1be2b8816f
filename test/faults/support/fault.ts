import { afterAll, expect, it } from 'vitest'
import { hasRedis } from '../../support/redis.ts'
import { startRig, type Backend, type Rig } from './rig.ts'

/** What the suite's table says of one fault on one backend; travels to the reporter with the test. */
export interface FaultMeta {
  readonly row: string
  readonly fault: string
  readonly backend: Backend | '–'
  /** How often the fault was tried, and how many promises were found broken. */
  runs: number
  violations: number
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultMeta
  }
}

/** `npm run test:faults` tries every fault on both queues for as long as it takes; `npm test` only what takes seconds. */
export const isWhole = process.env['FAULTS'] === 'all'

export interface FaultOptions {
  /** Takes a minute or more: only in the whole suite. */
  readonly takesMinutes?: true
  /** It is about that queue alone. */
  readonly only?: Backend
  readonly timeoutMs?: number
  /** On a rig of its own, with a door before its log. */
  readonly hasDoor?: boolean
  /** Skipped, visibly, where something that it needs is not installed. */
  readonly needs?: boolean
}

export interface Trial {
  /** Says that the fault was tried so often instead of once. */
  runs(count: number): void
  /** Of a test that looks at the promises by itself. */
  violations(count: number): void
}

const rigs = new Map<string, Promise<Rig>>()

afterAll(async () => {
  for (const rig of rigs.values()) await (await rig).stop()
  rigs.clear()
})

/**
 * One row of the suite on the rig of each backend that it is tried on: one of the two in `npm test`, the same for the
 * whole file, both in the whole suite. After the test the promises A to E are looked at, whether it went well or not.
 */
export function fault(
  row: string,
  text: string,
  body: (rig: Rig, trial: Trial) => Promise<void>,
  options: FaultOptions = {},
): void {
  const run = options.takesMinutes && !isWhole ? undefined : it
  for (const backend of backendsOf(row, options)) {
    run?.skipIf((backend === 'redis' && !hasRedis) || options.needs === false)(
      `${row} on ${backend}: ${text}`,
      async ({ task }) => {
        const meta: FaultMeta = { row, fault: text, backend, runs: 1, violations: 0 }
        task.meta.fault = meta
        const rig = await rigOn(backend, options)
        const trial = trialOf(meta)
        const failure = await failureOf(() => body(rig, trial), rig)
        const broken = await rig.afterwards().catch((error: unknown) => [`not looked at: ${String(error)}`])
        meta.violations = broken.length
        if (failure !== null) throw failure
        expect(broken).toEqual([])
      },
      options.timeoutMs,
    )
  }
}

/** A row whose fault does not reach the queue, and whose test stands for itself. */
export function faultWithoutQueue(
  row: string,
  text: string,
  body: (trial: Trial) => Promise<void>,
  options: Omit<FaultOptions, 'only' | 'hasDoor'> = {},
): void {
  if (options.takesMinutes && !isWhole) return
  it.skipIf(options.needs === false)(
    `${row}: ${text}`,
    async ({ task }) => {
      const meta: FaultMeta = { row, fault: text, backend: '–', runs: 1, violations: 0 }
      task.meta.fault = meta
      await body(trialOf(meta))
    },
    options.timeoutMs,
  )
}

async function failureOf(body: () => Promise<void>, rig: Rig): Promise<unknown> {
  try {
    await body()
    return null
  } catch (error) {
    if (error instanceof Error) error.message += `\n\nIts workers said:\n${rig.output()}`
    return error
  }
}

const trialOf = (meta: FaultMeta): Trial => ({
  runs: (count) => void (meta.runs = count),
  violations: (count) => void (meta.violations = count),
})

/** In `npm test`: decided by the first row of the file, so that each file starts one rig. */
let usual: Backend | undefined

function backendsOf(row: string, { only }: FaultOptions): readonly Backend[] {
  if (only !== undefined) return [only]
  if (isWhole) return ['postgres', 'redis']
  usual ??= Number(row.replaceAll(/\D/g, '')) % 2 === 0 ? 'postgres' : 'redis'
  return [usual]
}

function rigOn(backend: Backend, { hasDoor = false }: FaultOptions): Promise<Rig> {
  const key = `${backend}${hasDoor ? ' behind a door' : ''}`
  const known = rigs.get(key) ?? startRig(backend, { hasDoor })
  rigs.set(key, known)
  return known
}
