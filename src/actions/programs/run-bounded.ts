import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from '../action.ts'

export interface BoundedResult {
  readonly exit: number | null
  readonly signal: string | null
  readonly timedOut: boolean
  /** stdout and stderr as they came, at most 64 kB of it. */
  readonly output: string
  /** Of the whole output. */
  readonly lines: number
  readonly lastLine: string
}

const KEPT_BYTES = 64 * 1024
const LAST_LINE_BYTES = 4096
const GRACE_MS = 2_000
/** A grandchild may hold the pipe open for ever; what came until then is the answer. */
const DRAIN_MS = 200

/** Runs a program to its end with bounded time and memory. It stays in this process group, so a cancel reaches it. */
export async function runBounded(
  { argv, env, cwd, as }: Program,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<BoundedResult> {
  signal.throwIfAborted()
  const [file, ...words] = argv
  const { execa } = await import('execa')
  const child = execa(file, words, {
    cwd,
    env,
    ...as,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    timeout: timeoutMs,
    cancelSignal: signal,
    forceKillAfterDelay: GRACE_MS,
  })
  const tally = makeTally()
  child.stdout.on('data', tally.take)
  child.stderr.on('data', tally.take)
  // What keeps it from starting is told by the exit.
  const closed = once(child, 'close').catch(() => undefined)
  await once(child, 'exit')
  await Promise.race([closed, pause(DRAIN_MS, undefined, { ref: false })])
  child.stdout.destroy()
  child.stderr.destroy()
  const { timedOut } = await child
  signal.throwIfAborted()
  return { exit: timedOut ? null : child.exitCode, signal: child.signalCode, timedOut, ...tally.result() }
}

function makeTally() {
  const kept: Buffer[] = []
  let keptBytes = 0
  let lines = 0
  let tail = Buffer.alloc(0)
  return {
    take: (chunk: Buffer) => {
      const room = chunk.subarray(0, KEPT_BYTES - keptBytes)
      if (room.length > 0) kept.push(room)
      keptBytes += room.length
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1
      tail = Buffer.concat([tail, chunk]).subarray(-LAST_LINE_BYTES)
    },
    result: () => {
      const text = tail.toString('utf8')
      const unfinished = tail.length > 0 && tail.at(-1) !== 10 ? 1 : 0
      return {
        output: Buffer.concat(kept).toString('utf8').trim(),
        lines: lines + unfinished,
        lastLine: text.trimEnd().split('\n').at(-1) ?? '',
      }
    },
  }
}
