/**
 * The runner owns the command of one attempt. It is compiled to one file that needs nothing but Node, copied into
 * the attempt's folder and started there, detached, so that it outlives the worker and a new version of Cutover.
 * It opens no socket: lock, identity, heartbeat, cancel and result are files (see `spool.ts`). What both it and
 * the worker must compute in the same way (who a process is, who belongs to its session) is exported from here.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A second runner for the same attempt ends with this. */
export const EXIT_TAKEN = 75
/** As in sysexits.h: an input/output error. */
const EXIT_SPOOL_FULL = 74
const HEARTBEAT_MS = 1_000
const POLL_MS = 100
const PS_COLUMNS = 'pid=,pgid=,stat=,lstart=,comm='
const TERM_PATIENCE_MS = 5_000
const KILL_PATIENCE_MS = 5_000
const ROOM_BYTES = 8_192
const RESULT_RETRIES = 86_400

/** A pid alone is reused; with the time its process began it is not. `startTime` is opaque: compare it only. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
}

/** Where a pid means something: one boot of one host, one PID namespace. */
export interface Place {
  readonly bootId: string
  readonly pidNamespace: string
  readonly host: string
}

/** rc.json: how the attempt ended. `durationMs` is monotonic; `endedAt` is wall-clock milliseconds. */
export interface Result {
  readonly code: number | null
  readonly signal: string | null
  readonly durationMs: number
  readonly endedAt: number
  /** A cancel was carried out while the command ran, or kept it from starting. */
  readonly cancelled: boolean
  /** Processes that were still there when the command itself had ended; they were ended too. */
  readonly leftovers: number
  /** Something had to be killed with SIGKILL. */
  readonly forced: boolean
  /** Processes that outlived even SIGKILL (stuck in the kernel, or of another user). */
  readonly survivors: number
  /** Present when the command was never started: why, for people. Nothing was changed then. */
  readonly notStarted?: string
}

interface Member extends ProcessIdentity {
  readonly group: number
  readonly name: string
}

interface ProcessRow extends Member {
  readonly session: number
  readonly state: string
}

/** Null when there is no such process, or only its zombie. */
export function processStart(pid: number): string | null {
  return livingRow(pid)?.startTime ?? null
}

export function currentPlace(): Place {
  if (process.platform === 'linux') {
    return {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
      host: hostname(),
    }
  }
  return { bootId: output('sysctl', ['-n', 'kern.bootsessionuuid']), pidNamespace: 'none', host: hostname() }
}

/**
 * The living processes of a command's session. The kernel gives a pid to nobody else while it names a session, so
 * a stranger with the leader's pid proves that the session is empty.
 */
export function sessionMembers(leader: ProcessIdentity): readonly Member[] {
  const rows = processTable().filter(({ session }) => session === leader.pid)
  const stranger = rows.some(({ pid, startTime }) => pid === leader.pid && startTime !== leader.startTime)
  return stranger ? [] : rows
}

/**
 * Ends every process of the session: SIGINT (unless `from` says later), SIGTERM, SIGKILL, each followed by a look
 * that nobody is left. `graceMs` is the patience after SIGINT.
 */
export async function endSession(
  leader: ProcessIdentity,
  { graceMs, from }: { graceMs: number; from: 'SIGINT' | 'SIGTERM' },
): Promise<{ forced: boolean; survivors: number }> {
  const ladder = [
    { signal: 'SIGINT', patienceMs: graceMs },
    { signal: 'SIGTERM', patienceMs: Math.min(graceMs, TERM_PATIENCE_MS) },
    { signal: 'SIGKILL', patienceMs: KILL_PATIENCE_MS },
  ] as const
  for (const { signal, patienceMs } of ladder.slice(from === 'SIGINT' ? 0 : 1)) {
    signalSession(leader, signal)
    const deadline = performance.now() + patienceMs
    do {
      if (sessionMembers(leader).length === 0) return { forced: signal === 'SIGKILL', survivors: 0 }
      await sleep(POLL_MS)
      // A process may fork between the look and the kill; its child is caught by the next round.
      if (signal === 'SIGKILL') signalSession(leader, signal)
    } while (performance.now() < deadline)
  }
  return { forced: true, survivors: sessionMembers(leader).length }
}

function signalSession(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  // A shell with job control makes groups of its own inside the session.
  for (const group of new Set(sessionMembers(leader).map((member) => member.group))) {
    try {
      process.kill(-group, signal)
    } catch {
      // Gone meanwhile, or not ours to signal: the look that follows tells.
    }
  }
}

function processTable(): readonly ProcessRow[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (livingRow(Number(name)) ?? []) : []))
  }
  const rows = output('ps', ['-axo', PS_COLUMNS]).split('\n')
  return rows.flatMap((line) => parsePsRow(line) ?? []).filter(isLiving)
}

function livingRow(pid: number): ProcessRow | null {
  const row = readRow(pid)
  return row !== null && isLiving(row) ? row : null
}

function isLiving({ state }: ProcessRow): boolean {
  return !/^[ZX]/.test(state)
}

function readRow(pid: number): ProcessRow | null {
  if (process.platform !== 'linux') return parsePsRow(output('ps', ['-p', String(pid), '-o', PS_COLUMNS]))
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  // The name stands in parentheses and may hold any character, parentheses too.
  const nameEnd = stat.lastIndexOf(')')
  const name = stat.slice(stat.indexOf('(') + 1, nameEnd)
  const fields = stat.slice(nameEnd + 2).split(' ')
  const [state = '', , group, session] = fields
  return { pid, startTime: fields[19] ?? '', group: Number(group), session: Number(session), state, name }
}

/** Without /proc the process group stands for the session. */
function parsePsRow(line: string): ProcessRow | null {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+ +\S+ +\S+ +\S+ +\S+)\s+(.*)$/.exec(line)
  if (match === null) return null
  const [, pid, group, state = '', startTime = '', name = ''] = match
  return { pid: Number(pid), startTime, group: Number(group), session: Number(group), state, name }
}

function output(file: string, args: readonly string[]): string {
  try {
    // `ps` prints start times in local words and local time.
    const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }
    return execFileSync(file, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

interface Request {
  readonly argv: readonly [string, ...string[]]
  readonly env: Record<string, string>
  readonly cwd: string
  /** Node leaves the supplementary groups behind with the user. */
  readonly as: { readonly uid?: number; readonly gid?: number }
  readonly graceMs: number
  readonly minFreeBytes: number
}

type Ended = Pick<Result, 'code' | 'signal' | 'durationMs'>

async function main(folder: string): Promise<number> {
  const self = { pid: process.pid, startTime: processStart(process.pid) ?? '' }
  const place = currentPlace()
  if (!takeLock(folder, { runner: self, ...place })) {
    process.stderr.write('another runner has this attempt, or it was fenced off\n')
    return EXIT_TAKEN
  }
  const beat = setInterval(() => touch(join(folder, 'heartbeat')), HEARTBEAT_MS)
  // Deploys and logouts signal whole trees; what runs goes on and its result is still recorded.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)

  let result: Result
  const log = openSync(join(folder, 'output.raw.log'), 'a+', 0o600)
  try {
    const request = readRequest(folder)
    checkSpace(folder, request.minFreeBytes)
    makeRoom(folder)
    if (existsSync(join(folder, 'cancel.json')))
      throw new NotStarted('it was cancelled before it started', null)
    result = await runCommand({ folder, log, request, self, place })
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    note(log, `not started: ${error.message}`)
    result = notStarted(error)
  }
  syncQuietly(log)
  const recorded = await recordResult(folder, result)
  clearInterval(beat)
  return recorded ? 0 : 1
}

/** The command was not started; `code` is what a shell would have given, null when nothing went wrong. */
class NotStarted extends Error {
  readonly code: number | null

  constructor(message: string, code: number | null) {
    super(message)
    this.code = code
  }
}

function notStarted({ code, message }: NotStarted): Result {
  const nothing = { leftovers: 0, forced: false, survivors: 0, signal: null, durationMs: 0 }
  return { code, ...nothing, endedAt: Date.now(), cancelled: code === null, notStarted: message }
}

function takeLock(folder: string, holder: object): boolean {
  touch(join(folder, 'heartbeat'))
  let lock: number
  try {
    lock = openSync(join(folder, 'lock'), 'wx', 0o600)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  writeFileSync(lock, JSON.stringify(holder))
  fsyncSync(lock)
  closeSync(lock)
  return true
}

function readRequest(folder: string): Request {
  try {
    const { spawn, cancel, minFreeBytes } = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8'))
    const [file, ...args]: string[] = spawn.argv
    if (typeof file !== 'string' || typeof spawn.cwd !== 'string') throw new Error('argv or cwd is missing')
    const numbers = { graceMs: Number(cancel.graceMs), minFreeBytes: Number(minFreeBytes ?? 0) }
    return { argv: [file, ...args], env: spawn.env, cwd: spawn.cwd, as: spawn.as ?? {}, ...numbers }
  } catch (error) {
    throw new NotStarted(`request.json cannot be used (${messageOf(error)})`, 2)
  }
}

function checkSpace(folder: string, minFreeBytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free >= minFreeBytes) return
  const [has, needs] = [free, minFreeBytes].map((bytes) => `${Math.floor(bytes / 1_048_576)} MB`)
  throw new NotStarted(`the disk of the spool is full: ${has} free, ${needs} needed`, EXIT_SPOOL_FULL)
}

interface Run {
  readonly folder: string
  readonly log: number
  readonly request: Request
  readonly self: ProcessIdentity
  readonly place: Place
}

async function runCommand({ folder, log, request, self, place }: Run): Promise<Result> {
  const startedAt = Date.now()
  const { identity, exit } = await spawnCommand(request, log)
  if (!writeWithReserve(folder, 'pid.json', { runner: self, child: identity, ...place, startedAt })) {
    note(log, 'pid.json could not be written; the command goes on')
  }

  const cancelFile = join(folder, 'cancel.json')
  const lookAgain = () => Promise.race([exit, sleep(POLL_MS, null)])
  let end = await lookAgain()
  while (end === null && !existsSync(cancelFile)) end = await lookAgain()
  const cancelled = end === null
  const stopped = cancelled ? await endSession(identity, { graceMs: request.graceMs, from: 'SIGINT' }) : null
  if (stopped !== null && stopped.survivors > 0)
    note(log, `${stopped.survivors} processes could not be ended`)
  const { code, signal, durationMs } = await exit

  const leftovers = sessionMembers(identity)
  if (leftovers.length > 0) note(log, `left behind and ended: ${leftovers.map(describe).join(', ')}`)
  const patience = { graceMs: request.graceMs, from: 'SIGTERM' } as const
  const swept = leftovers.length > 0 ? await endSession(identity, patience) : null
  return {
    code,
    signal,
    durationMs,
    endedAt: Date.now(),
    cancelled,
    leftovers: leftovers.length,
    forced: stopped?.forced === true || swept?.forced === true,
    survivors: (swept ?? stopped)?.survivors ?? 0,
  }
}

interface Command {
  readonly identity: ProcessIdentity
  readonly exit: Promise<Ended>
}

async function spawnCommand({ argv, cwd, env, as }: Request, log: number): Promise<Command> {
  const [file, ...args] = argv
  if (!isFolder(cwd)) throw new NotStarted(`its working folder does not exist: ${cwd}`, 126)
  const begun = performance.now()
  try {
    // Real file descriptors: the command never waits for a reader and never dies with one.
    const child = spawn(file, args, { cwd, env, ...as, stdio: ['ignore', log, log], detached: true })
    const exit = new Promise<Ended>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal, durationMs: Math.round(performance.now() - begun) })
      })
    })
    // Read before the event loop can reap it: until then even a command that has ended has its row.
    const startTime = child.pid === undefined ? '' : (readRow(child.pid)?.startTime ?? '')
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve).once('error', reject)
    })
    return { identity: { pid: child.pid ?? 0, startTime }, exit }
  } catch (error) {
    const absent =
      errorCode(error) === 'ENOENT' || (errorCode(error) === 'EACCES' && !isOnPath(file, env['PATH']))
    if (absent) throw new NotStarted(`command not found: ${file}`, 127)
    throw new NotStarted(`the command cannot be started: ${file} (${messageOf(error)})`, 126)
  }
}

/** A folder on the path that may not be read makes the kernel say "permission denied" for what is nowhere. */
function isOnPath(file: string, path = ''): boolean {
  if (file.includes('/')) return true
  return path.split(':').some((folder) => existsSync(join(folder, file)))
}

/** The result is the one thing that must not be lost: on a full disk it waits until there is room. */
async function recordResult(folder: string, result: Result): Promise<boolean> {
  for (let tries = 0; tries < RESULT_RETRIES; tries += 1) {
    if (writeWithReserve(folder, 'rc.json', result)) return true
    if (!isFolder(folder)) return false
    await sleep(HEARTBEAT_MS)
  }
  return false
}

/** `reserve` is space set aside when the attempt was prepared; on a full disk it is given up for what matters. */
function writeWithReserve(folder: string, name: string, content: object): boolean {
  for (const prepare of [() => undefined, () => rmSync(join(folder, 'reserve'), { force: true })]) {
    try {
      prepare()
      writeDurably(folder, name, content)
      return true
    } catch (error) {
      process.stderr.write(`${name} could not be written: ${messageOf(error)}\n`)
    }
  }
  return false
}

/** What is written while the command may fill the disk has its blocks before the command starts. */
function makeRoom(folder: string): void {
  try {
    for (const name of ['pid.json', 'rc.json']) writeSynced(join(folder, `${name}.tmp`), '')
  } catch (error) {
    throw new NotStarted(`the disk of the spool is full (${messageOf(error)})`, EXIT_SPOOL_FULL)
  }
}

function writeDurably(folder: string, name: string, content: object): void {
  const draft = join(folder, `${name}.tmp`)
  writeSynced(draft, JSON.stringify(content))
  renameSync(draft, join(folder, name))
  const directory = openSync(folder, 'r')
  fsyncSync(directory)
  closeSync(directory)
}

/** Over what is there, filled up with blanks, which JSON ignores: no block is given back and asked for again. */
function writeSynced(path: string, text: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    // Unlike writeSync it goes on after a short write, so a full disk cannot cut it off in silence.
    writeFileSync(file, text.padEnd(ROOM_BYTES))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A line of ours in the command's output, on a line of its own. Lost without harm when the disk is full. */
function note(log: number, text: string): void {
  try {
    const { size } = fstatSync(log)
    const last = Buffer.alloc(1)
    const midLine = size > 0 && readSync(log, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
    writeSync(log, `${midLine ? '\n' : ''}cutover: ${text}\n`)
  } catch (error) {
    process.stderr.write(`${text} (not in the output: ${messageOf(error)})\n`)
  }
}

function syncQuietly(file: number): void {
  try {
    fsyncSync(file)
  } catch (error) {
    process.stderr.write(`the output could not be synced: ${messageOf(error)}\n`)
  }
}

function touch(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600))
    utimesSync(file, new Date(), new Date())
  } catch {
    // A missed beat is shown as one; it must not end the runner.
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function describe({ pid, name }: Member): string {
  return `${name} (${pid})`
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// Imported by the worker for the functions above; a runner only when started as the program itself.
const file = fileURLToPath(import.meta.url)
if (process.argv[1] !== undefined && existsSync(process.argv[1]) && realpathSync(process.argv[1]) === file) {
  process.exit(await main(dirname(file)))
}
