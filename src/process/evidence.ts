import { open, readFile, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { createDurably, isErrorWithCode } from './durable.ts'
import { applicationName } from './environment.ts'
import { currentPlace, processStart, sessionMembers, type Place } from './runner.ts'
import { files } from './spool.ts'

const Identity = z.object({ pid: z.int().positive(), startTime: z.string() })
const PlaceFields = { bootId: z.string(), pidNamespace: z.string(), host: z.string() }
const Lock = z.object({ runner: Identity, ...PlaceFields })
const Fence = z.object({ fenced: z.literal(true) })

/** pid.json: who runs, where, since when (wall-clock milliseconds). */
export const Started = z.object({
  runner: Identity,
  child: Identity,
  ...PlaceFields,
  startedAt: z.number(),
})
export type Started = z.infer<typeof Started>

/** rc.json as the runner writes it; see `Result` there for the units. */
export const Result = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  durationMs: z.number(),
  endedAt: z.number(),
  cancelled: z.boolean(),
  leftovers: z.int(),
  forced: z.boolean(),
  survivors: z.int(),
  notStarted: z.string().optional(),
})
export type Result = z.infer<typeof Result>

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])
const FactMap = z.record(z.string(), Scalar)
const Parts = z.array(
  z.object({
    name: z.string(),
    outcome: z.enum(['done', 'failed', 'not run']),
    startedAt: z.number().exactOptional(),
    durationMs: z.number().exactOptional(),
  }),
)

/** facts.json: what an action leaves before it ends. A command leaves none. */
export const AttemptFacts = z.union([
  z.object({ summary: z.string(), facts: FactMap, parts: Parts.exactOptional() }),
  z.object({ verdict: z.enum(['green', 'red']), answer: z.string(), facts: FactMap }),
  z.object({
    error: z.object({ message: z.string(), hint: z.string(), changed: z.string() }),
    facts: FactMap.optional(),
    parts: Parts.exactOptional(),
  }),
])
export type AttemptFacts = z.infer<typeof AttemptFacts>

/** What the files in an attempt's folder say. Null: the file is not there, or cannot be read as what it should be. */
export interface Evidence {
  readonly attempt: string
  /** `taken` without an identity: the runner died, or is about to write it. */
  readonly lock:
    | 'free'
    | 'fenced'
    | { readonly takenAt: number; readonly identity: z.infer<typeof Lock> | null }
  readonly started: Started | null
  readonly result: Result | null
  readonly facts: AttemptFacts | null
  readonly heartbeatAt: number | null
  readonly cancelled: boolean
}

/** What can be said of an attempt by looking at its folder and at this host's processes. */
export type Verdict =
  /** No runner has taken it. One may still be on its way: only `fence` makes this final. */
  | { readonly is: 'not started' }
  /** Fenced off: it was never started and never will be. */
  | { readonly is: 'never started' }
  /** With `runner: 'dead'` the command goes on without anybody to record its result. */
  | { readonly is: 'running'; readonly runner: 'alive' | 'dead'; readonly started: Started | null }
  | { readonly is: 'ended'; readonly result: Result; readonly facts: AttemptFacts | null }
  /** Proven: nothing of it is alive, and nobody recorded a result. */
  | { readonly is: 'dead without result'; readonly why: string }
  /** Its pids mean nothing here. `heartbeatAgeMs` tells whether its runner still writes; null without any beat. */
  | { readonly is: 'elsewhere'; readonly why: string; readonly heartbeatAgeMs: number | null }

/** Within this a beat proves that the runner is alive, whatever the process table shows. */
const FRESH_BEAT_MS = 5_000
const FACTS_BYTES_MAX = 1_048_576

/** Judges an attempt by result, pid, start time, boot, PID namespace and heartbeat. `now` is wall-clock ms. */
export async function judge(folder: string, now: number, here: Place = currentPlace()): Promise<Verdict> {
  const first = await readAttempt(folder)
  if (first.result !== null) return { is: 'ended', result: first.result, facts: first.facts }
  if (first.lock === 'fenced') return { is: 'never started' }
  if (first.lock === 'free') return { is: 'not started' }

  const there = first.started ?? first.lock.identity
  const beatAgeMs = first.heartbeatAt === null ? Infinity : Math.abs(now - first.heartbeatAt)
  if (there === null) {
    // The lock is written in one go, so an empty one is a matter of milliseconds or of a crash.
    const fresh = Math.min(beatAgeMs, Math.abs(now - first.lock.takenAt)) < FRESH_BEAT_MS
    return fresh ? running('alive', null) : dead('Its runner ended while it was starting.')
  }
  const distance = compare(there, here)
  if (distance === 'rebooted') return dead(`The host ${here.host} was restarted while it ran.`)
  if (distance === 'elsewhere') {
    const why = `It was started on ${there.host}, where this worker on ${here.host} cannot look.`
    return {
      is: 'elsewhere',
      why,
      heartbeatAgeMs: first.heartbeatAt === null ? null : now - first.heartbeatAt,
    }
  }
  if (isAlive(there.runner)) return running('alive', first.started)
  return judgeWithoutRunner(folder, beatAgeMs)
}

async function judgeWithoutRunner(folder: string, beatAgeMs: number): Promise<Verdict> {
  // The last thing a runner does is to write the result, so it is read again after the look at its pid.
  const evidence = await readAttempt(folder)
  const { result, facts, started } = evidence
  if (result !== null) return { is: 'ended', result, facts }
  if (await commandIsAlive(evidence)) return running('dead', started)
  if (beatAgeMs < FRESH_BEAT_MS) return running('alive', started)
  return dead('Runner and command are gone, and no result was recorded.')
}

function dead(why: string): Verdict {
  return { is: 'dead without result', why }
}

function running(runner: 'alive' | 'dead', started: Started | null): Verdict {
  return { is: 'running', runner, started }
}

/**
 * Makes sure that a prepared attempt never starts: takes the lock that a runner needs. True when nothing was
 * started and nothing can be any more; false when a runner was faster.
 */
export async function fence(folder: string): Promise<boolean> {
  if (await createDurably(join(folder, files.lock), { fenced: true })) return true
  return (await readAttempt(folder)).lock === 'fenced'
}

export async function readAttempt(folder: string): Promise<Evidence> {
  const [lock, started, result, facts, heartbeat, cancel] = await Promise.all([
    readLock(join(folder, files.lock)),
    readJson(join(folder, files.pid), Started),
    readJson(join(folder, files.result), Result),
    readJson(join(folder, files.facts), AttemptFacts),
    stat(join(folder, files.heartbeat)).catch(() => null),
    stat(join(folder, files.cancel)).catch(() => null),
  ])
  return {
    attempt: basename(folder),
    lock,
    started,
    result,
    facts,
    heartbeatAt: heartbeat?.mtimeMs ?? null,
    cancelled: cancel !== null,
  }
}

/** Null when the file is absent, too large, half written or of another shape. Other errors are thrown. */
export async function readJson<T>(path: string, shape: z.ZodType<T>): Promise<T | null> {
  let text: string
  try {
    const file = await open(path, 'r')
    try {
      if ((await file.stat()).size > FACTS_BYTES_MAX) return null
      text = await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return null
    throw error
  }
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

async function readLock(path: string): Promise<Evidence['lock']> {
  const taken = await stat(path).catch(() => null)
  if (taken === null) return 'free'
  const holder = await readJson(path, z.union([Fence, Lock]))
  if (holder !== null && 'fenced' in holder) return 'fenced'
  return { takenAt: taken.mtimeMs, identity: holder }
}

function compare(there: Place, here: Place): 'here' | 'rebooted' | 'elsewhere' {
  if (there.bootId === here.bootId) return there.pidNamespace === here.pidNamespace ? 'here' : 'elsewhere'
  return there.host === here.host ? 'rebooted' : 'elsewhere'
}

function isAlive({ pid, startTime }: { pid: number; startTime: string }): boolean {
  return processStart(pid) === startTime
}

async function commandIsAlive({ attempt, started }: Evidence): Promise<boolean> {
  if (started !== null) return sessionMembers(started.child).length > 0
  // The runner died between starting the command and writing its pid: the command still bears the attempt's name.
  return bearersOf(`PGAPPNAME=${applicationName(attempt)}`)
}

async function bearersOf(variable: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
    if (environment.split('\0').includes(variable) && processStart(Number(name)) !== null) return true
  }
  return false
}
