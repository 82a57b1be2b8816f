import { spawn } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inheritedEnvironment } from './environment.ts'
import { fence, readAttempt } from './evidence.ts'
import { EXIT_TAKEN } from './runner.ts'
import { exists, files } from './spool.ts'

/** What is known once a runner was started; the supervisor finds out the rest from the files. */
export type Start =
  /** The command runs, or the result is there already. */
  | { readonly outcome: 'up' }
  /** Another runner has this attempt, or it was fenced off: this call started nothing. */
  | { readonly outcome: 'taken' }
  /** The command was certainly not started, and nothing was changed. */
  | { readonly outcome: 'refused'; readonly why: string }
  /** Nothing is known yet; `judge` will tell. Never a reason to start again. */
  | { readonly outcome: 'unclear'; readonly why: string }

const POLL_MS = 20

/**
 * Starts the runner of a prepared attempt so that it outlives this process, and waits until pid.json or rc.json is
 * there, at most `timeoutMs`.
 */
export async function startRunner(
  folder: string,
  { from, timeoutMs = 15_000 }: { from: Readonly<Record<string, string | undefined>>; timeoutMs?: number },
): Promise<Start> {
  if ((await readAttempt(folder)).lock !== 'free') return { outcome: 'taken' }
  const log = await open(join(folder, files.runnerLog), 'a', 0o600)
  const runner = spawn(process.execPath, [join(folder, files.runner)], {
    cwd: folder,
    env: inheritedEnvironment(from),
    // Files only: a pipe to this process would take the runner down with it.
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  })
  const ended = new Promise<number | Error>((resolve) => {
    runner.once('error', resolve)
    runner.once('exit', (code) => resolve(code ?? -1))
  })
  runner.unref()
  await log.close()

  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    // The exit is looked at first: what the runner wrote before it is then sure to be seen.
    const exit = await Promise.race([ended, sleep(POLL_MS, null)])
    if (exit === EXIT_TAKEN) return { outcome: 'taken' }
    if (await isUp(folder, runner.pid)) return { outcome: 'up' }
    if (exit instanceof Error) return endedEarly(folder, `cannot be started (${exit.message})`)
    if (exit !== null) return endedEarly(folder, `ended with ${exit}`)
  }
  return { outcome: 'unclear', why: `The runner was not up within ${timeoutMs} ms.` }
}

/** By this very runner: another one's files are there while ours is still on its way to the lock. */
async function isUp(folder: string, pid: number | undefined): Promise<boolean> {
  const { lock, started, result } = await readAttempt(folder)
  if (lock === 'free' || lock === 'fenced' || lock.identity?.runner.pid !== pid) return false
  return started !== null || result !== null
}

/** Without a lock the runner did nothing; fenced, so that this is final. */
async function endedEarly(folder: string, how: string): Promise<Start> {
  const why = `The runner ${how}; ${files.runnerLog} in the attempt's folder may say more.`
  return { outcome: (await fence(folder)) ? 'refused' : 'unclear', why }
}

/**
 * Removes an attempt that was prepared and then not allowed to start.
 * @throws when a runner has taken it: then it is evidence.
 */
export async function discardAttempt(folder: string): Promise<void> {
  if (!(await exists(folder))) return
  if (!(await fence(folder))) throw new Error('A started attempt is kept: it is evidence.')
  await rm(folder, { recursive: true, force: true })
}
