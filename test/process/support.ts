import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach } from 'vitest'
import { applicationName, inheritedEnvironment } from '../../src/process/environment.ts'
import { endSession } from '../../src/process/runner.ts'
import { readAttempt } from '../../src/process/evidence.ts'
import {
  attemptFolder,
  listAttempts,
  openSpool,
  prepareAttempt,
  type AttemptRequest,
  type Spool,
} from '../../src/process/spool.ts'
import { compiledRunner } from '../support/compiled-runner.ts'

const opened: Spool[] = []

/** A spool of its own; after the test, what its attempts started is ended and the folder removed. */
export async function aSpool(options: Partial<Spool> = {}): Promise<Spool> {
  const root = mkdtempSync(join(tmpdir(), 'cutover-spool-'))
  chmodSync(root, 0o755)
  const spool = await openSpool({ root, runner: compiledRunner(), minFreeBytes: 1_000_000, ...options })
  opened.push(spool)
  return spool
}

afterEach(async () => {
  for (const spool of opened.splice(0)) {
    for (const attempt of await listAttempts(spool)) {
      const { started } = await readAttempt(attemptFolder(spool, attempt))
      if (started === null || started.host.startsWith('test-')) continue
      await endSession(started.child, { graceMs: 0, from: 'SIGTERM' })
      await endSession(started.runner, { graceMs: 0, from: 'SIGTERM' })
    }
    rmSync(spool.root, { recursive: true, force: true })
  }
})

export function aRequest(argv: readonly string[], options: Partial<AttemptRequest> = {}): AttemptRequest {
  const attempt = options.attempt ?? 'cutover-1.copy.1'
  const env = { ...inheritedEnvironment(process.env), PGAPPNAME: applicationName(attempt) }
  return { attempt, spawn: { argv, env, cwd: tmpdir() }, cancel: { graceMs: 300 }, ...options }
}

export async function prepared(
  argv: readonly string[],
  options: Partial<AttemptRequest> & { spool?: Spool } = {},
): Promise<string> {
  const { spool, ...request } = options
  return prepareAttempt(spool ?? (await aSpool()), aRequest(argv, request))
}

/** Waits for what `look` gives, polling; fails after `timeoutMs`. */
export async function eventually<T>(
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false && seen !== '') return seen
    if (performance.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${look.toString()}`)
    await sleep(20)
  }
}

export async function resultOf(folder: string, timeoutMs?: number) {
  return eventually(async () => (await readAttempt(folder)).result, timeoutMs)
}

export function rawOutput(folder: string): string {
  const file = join(folder, 'output.raw.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
