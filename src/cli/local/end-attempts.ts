import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { cancelLocally, holdSpool, readHold, releaseSpool } from '../../process/local-acts.ts'
import { attemptFolder, files, type Spool } from '../../process/spool.ts'

const PATIENCE_MS = 20_000
const TELLING_MS = 5000
const REASON = 'this installation was ended on its terminal'
const Pid = z.object({ runner: z.object({ pid: z.number() }), child: z.object({ pid: z.number() }) })
const Reported = z.object({ settled: z.boolean() })

/** Starts nothing more from a spool, cancels what runs and waits for its end; what takes too long is killed. */
export async function endAttempts(root: string): Promise<void> {
  if (!existsSync(join(root, 'attempts'))) return
  const spool = spoolAt(root)
  await holdSpool(spool, { reason: REASON, now: Date.now() })
  for (const attempt of runningAttempts(spool)) {
    await cancelLocally(spool, attempt, { reason: REASON, now: Date.now() })
  }
  await until(() => runningAttempts(spool).length === 0, PATIENCE_MS)
  killAttempts(root)
  // Then the worker tells the log how they came out.
  await until(() => attempts(spool).every((attempt) => isTold(spool, attempt)), TELLING_MS)
}

async function until(isSo: () => boolean, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!isSo() && performance.now() < deadline) await sleep(50)
}

/** Ends the hold that the end of an earlier run has left; one that a person asked for stays. */
export async function letGo(root: string): Promise<void> {
  const spool = spoolAt(root)
  const hold = existsSync(root) ? await readHold(spool) : null
  if (hold?.reason === REASON) await releaseSpool(spool, { reason: REASON, now: Date.now() })
}

/** Runners and commands have sessions of their own: nothing else would end them. */
export function killAttempts(root: string): void {
  const spool = spoolAt(root)
  for (const attempt of runningAttempts(spool)) {
    const pid = read(join(attemptFolder(spool, attempt), files.pid), Pid)
    if (pid === undefined) continue
    for (const one of [pid.runner.pid, pid.child.pid]) killGroup(one)
  }
}

function spoolAt(root: string): Spool {
  return { root, runner: '', minFreeBytes: 0 }
}

function attempts(spool: Spool): readonly string[] {
  const folder = join(spool.root, 'attempts')
  return existsSync(folder) ? readdirSync(folder) : []
}

function runningAttempts(spool: Spool): readonly string[] {
  return attempts(spool).filter((attempt) => !existsSync(join(attemptFolder(spool, attempt), files.result)))
}

/** The log has its end. */
function isTold(spool: Spool, attempt: string): boolean {
  return read(join(attemptFolder(spool, attempt), files.reported), Reported)?.settled === true
}

/** Undefined for a file that is not there (yet, or any more). */
function read<T>(file: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
