import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { count } from '../wording.ts'

/** A process that has a database, or one of the files beside it, open. */
export interface Holder {
  readonly pid: number
  /** `python3 manage.py`: the program and its script, without further words, which may hold secrets. */
  readonly command: string
}

export interface Holders {
  readonly holders: readonly Holder[]
  /** Processes of other users that may not be looked into. */
  readonly unseen: number
  /** False where the system has no /proc: then nothing is known, and only a lock can prove it. */
  readonly visible: boolean
}

const BESIDE = ['', '-wal', '-shm', '-journal'] as const
const FOLDER = '/proc'

/** Who has the SQLite file at `path`, its -wal, -shm or -journal open; this process apart. Told by inode, not name. */
export function holdersOf(path: string): Holders {
  const wanted = new Set(BESIDE.flatMap((suffix) => identityOf(`${path}${suffix}`) ?? []))
  const pids = processes()
  if (!pids) return { holders: [], unseen: 0, visible: false }
  const holders: Holder[] = []
  let unseen = 0
  for (const pid of pids) {
    const open = openFilesOf(pid)
    if (open === 'hidden') unseen += 1
    else if (open.some((identity) => wanted.has(identity))) holders.push({ pid, command: commandOf(pid) })
  }
  return { holders, unseen, visible: true }
}

/** `2 processes have it open: python3 manage.py (pid 4121), node service.js (pid 4133)`. */
export function namesOf(holders: readonly Holder[]): string {
  const names = holders.slice(0, 5).map(({ pid, command }) => `${command} (pid ${pid})`)
  const more = holders.length > names.length ? ` and ${holders.length - names.length} more` : ''
  const verb = holders.length === 1 ? 'has' : 'have'
  return `${count(holders.length, 'process', 'processes')} ${verb} it open: ${names.join(', ')}${more}`
}

function processes(): number[] | undefined {
  try {
    return readdirSync(FOLDER)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid)
  } catch {
    return undefined
  }
}

function openFilesOf(pid: number): string[] | 'hidden' {
  const folder = `${FOLDER}/${pid}/fd`
  try {
    return readdirSync(folder).flatMap((fd) => identityOf(`${folder}/${fd}`) ?? [])
  } catch (error) {
    // A process that has just ended holds nothing.
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'hidden' : []
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

function commandOf(pid: number): string {
  try {
    const [program = '', script = ''] = readFileSync(`${FOLDER}/${pid}/cmdline`, 'utf8').split('\0')
    const shown = /^[\w./][\w./-]*$/.test(script) ? ` ${basename(script)}` : ''
    return `${basename(program)}${shown}` || 'a process'
  } catch {
    return 'a process'
  }
}
