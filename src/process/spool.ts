import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrorWithCode, syncFolder, writeSynced } from './durable.ts'

/**
 * A worker's folder for attempts, on a disk that survives a restart; one host, one pool.
 *
 *     <root>/attempts/<attempt>/   one folder per attempt, as in the table of `files`
 *     <root>/preparing/            folders that are not complete yet
 *     <root>/hold, <root>/acts/    what somebody did on this host without the log (`local-acts.ts`)
 */
export interface Spool {
  readonly root: string
  /** The compiled runner, `dist/process/runner.js`. */
  readonly runner: string
  /** No attempt is prepared or started with less free space than this. */
  readonly minFreeBytes: number
}

/** Names inside an attempt's folder. */
export const files = {
  request: 'request.json',
  /** `.mjs`, so that no package.json above the spool can change how Node reads it. */
  runner: 'runner.mjs',
  runnerLog: 'runner.log',
  reserve: 'reserve',
  lock: 'lock',
  pid: 'pid.json',
  heartbeat: 'heartbeat',
  rawOutput: 'output.raw.log',
  maskedOutput: 'output.masked.log',
  progress: 'progress.ndjson',
  samples: 'samples.ndjson',
  /** How long the raw output stays, where the runbook says so: milliseconds, or `forever`. */
  keep: 'keep',
  questions: 'questions.ndjson',
  facts: 'facts.json',
  cancel: 'cancel.json',
  /** Passfiles of a program that runs under an action; made by it, removed with the request. */
  secrets: 'secrets',
  result: 'rc.json',
  reported: 'reported.json',
} as const

/** request.json. All values are resolved, secrets too: it is removed when the attempt has ended. */
export interface AttemptRequest {
  /** `<cutover>.<step>.<n>`: letters, digits, `.`, `_` and `-`. */
  readonly attempt: string
  readonly spawn: {
    readonly argv: readonly string[]
    /** The whole environment of the command: nothing is added to it. */
    readonly env: Readonly<Record<string, string>>
    readonly cwd: string
    /** Another user than ours; only root may. */
    readonly as?: { readonly uid: number; readonly gid: number }
  }
  /** Patience after the first, polite signal. */
  readonly cancel: { readonly graceMs: number }
  /** What a built-in action reads back: its name and resolved input. JSON. */
  readonly action?: unknown
  /** How long its raw output stays; absent: as the worker is set. */
  readonly keepRawMs?: number | 'forever'
}

const RESERVE_BYTES = 65_536
const DAY_MS = 86_400_000

/** The command was not started and nothing was changed: there is no room for what it would print. */
export class SpoolFull extends Error {
  readonly freeBytes: number | null
  readonly neededBytes: number

  constructor(root: string, freeBytes: number | null, neededBytes: number) {
    const has = freeBytes === null ? 'no space' : `${megabytes(freeBytes)} free`
    super(
      `The disk of the spool ${root} has ${has}, ${megabytes(neededBytes)} are needed. Nothing was started.`,
    )
    this.name = 'SpoolFull'
    this.freeBytes = freeBytes
    this.neededBytes = neededBytes
  }
}

/** The attempt has a folder already: it was prepared before, and perhaps started. */
export class AttemptExists extends Error {
  constructor(attempt: string) {
    super(`The attempt ${attempt} is in the spool already; an attempt is started at most once.`)
    this.name = 'AttemptExists'
  }
}

export async function openSpool(spool: Spool): Promise<Spool> {
  for (const folder of [
    spool.root,
    ...['attempts', 'preparing', 'acts'].map((name) => join(spool.root, name)),
  ]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
  }
  return spool
}

export function attemptFolder(spool: Spool, attempt: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(attempt)) {
    throw new Error(`"${attempt}" cannot be the name of an attempt: letters, digits, ".", "_" and "-" only.`)
  }
  return join(spool.root, 'attempts', attempt)
}

/**
 * Makes the attempt's folder with all that its runner needs, or nothing: it appears complete. Starts nothing.
 * @throws {SpoolFull} @throws {AttemptExists}
 */
export async function prepareAttempt(spool: Spool, request: AttemptRequest): Promise<string> {
  const folder = attemptFolder(spool, request.attempt)
  await checkSpace(spool)
  const draft = join(spool.root, 'preparing', `${request.attempt}-${randomUUID()}`)
  try {
    await mkdir(draft, { mode: 0o700 })
    const minFreeBytes = Math.floor(spool.minFreeBytes / 2)
    await writeSynced(join(draft, files.request), JSON.stringify({ ...request, minFreeBytes }))
    if (request.keepRawMs !== undefined) await writeSynced(join(draft, files.keep), String(request.keepRawMs))
    await copyFile(spool.runner, join(draft, files.runner))
    await chmod(join(draft, files.runner), 0o600)
    // Random, so that a compressing file system sets the space aside for real.
    await writeSynced(join(draft, files.reserve), randomBytes(RESERVE_BYTES))
    await syncFolder(draft)
    await rename(draft, folder)
    await syncFolder(join(spool.root, 'attempts'))
    return folder
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (isErrorWithCode(error, 'ENOTEMPTY', 'EEXIST')) throw new AttemptExists(request.attempt)
    if (isErrorWithCode(error, 'ENOSPC', 'EDQUOT')) throw new SpoolFull(spool.root, null, spool.minFreeBytes)
    throw error
  }
}

export async function listAttempts(spool: Spool): Promise<readonly string[]> {
  return (await readdir(join(spool.root, 'attempts'))).sort()
}

/** Attempts of which something may still be seen or told. */
export async function openAttempts(spool: Spool): Promise<readonly string[]> {
  const open: string[] = []
  for (const attempt of await listAttempts(spool)) {
    if (await exists(join(attemptFolder(spool, attempt), files.request))) open.push(attempt)
  }
  return open
}

/** What only a living attempt needs; the request holds secrets. */
export async function removeSecrets(folder: string): Promise<void> {
  for (const name of [files.request, files.runner, files.reserve, files.secrets])
    await rm(join(folder, name), { recursive: true, force: true })
  await syncFolder(folder)
}

/** What a command or an action said as it said it; the log was told it masked. */
const RAW = [files.rawOutput, files.runnerLog, files.progress, files.samples, files.questions, files.facts]

/** Deletes the raw output of attempts that ended more than `days` ago, or when their runbook says; the masked copy stays. Gives their names. */
export async function removeOldRawLogs(
  spool: Spool,
  { days, now }: { days: number; now: number },
): Promise<readonly string[]> {
  const removed: string[] = []
  for (const attempt of await listAttempts(spool)) {
    const folder = attemptFolder(spool, attempt)
    const ended = await stat(join(folder, files.reported)).catch(() => null)
    const settled = ended !== null && !(await exists(join(folder, files.request)))
    if (!settled || now - ended.mtimeMs < (await keptForMs(folder, days))) continue
    if (!(await exists(join(folder, files.rawOutput)))) continue
    for (const name of RAW) await rm(join(folder, name), { force: true })
    removed.push(attempt)
  }
  return removed
}

async function keptForMs(folder: string, days: number): Promise<number> {
  const own = await readFile(join(folder, files.keep), 'utf8').catch(() => null)
  if (own === null) return days * DAY_MS
  return own === 'forever' ? Number.POSITIVE_INFINITY : Number(own)
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function checkSpace(spool: Spool): Promise<void> {
  const { bavail, bsize } = await statfs(spool.root)
  if (bavail * bsize < spool.minFreeBytes) {
    throw new SpoolFull(spool.root, bavail * bsize, spool.minFreeBytes)
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576).toLocaleString('en-GB')} MB`
}
