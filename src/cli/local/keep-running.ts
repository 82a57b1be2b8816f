import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const STOP_LIMIT_MS = 10_000
/** Living shorter than this is failing to start; what lived longer is started again at once. */
const SHORT_LIFE_MS = 3000
const RESTART_AFTER_MS = 1000
const SHORT_LIVES_MAX = 5

export interface KeptProcess {
  readonly name: string
  /** Undefined for the moment between two lives. */
  pid(): number | undefined
  /** SIGTERM, then SIGKILL; it is not started again. */
  stop(): Promise<void>
  /** SIGKILL, now. */
  kill(): void
}

/** How a life ended: `signal SIGKILL`, `exit code 2: CUTOVER_LISTEN is …`. */
export interface End {
  readonly name: string
  readonly how: string
  /** It ended early so often that it is not started again. */
  readonly isGivenUp: boolean
}

/**
 * Runs a command of ours as a child process and starts it again whenever it ends. It has a process group of its own,
 * so that a Ctrl-C on the terminal reaches this process alone, which then ends the others in order.
 */
export function keepRunning(options: {
  readonly name: string
  /** The command and its words, as in `cutover serve`. */
  readonly words: readonly string[]
  /** The whole of its environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
  readonly onEnd: (end: End) => void
}): KeptProcess {
  const { name, words, environment, cwd, logFile, onEnd } = options
  let child: ChildProcess | undefined
  let isStopping = false
  let shortLives = 0

  function start(): void {
    const log = openSync(logFile, 'a', 0o600)
    const startedAt = performance.now()
    child = spawn(process.execPath, [MAIN, ...words], {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    child.once('exit', (code, signal) => {
      child = undefined
      if (isStopping) return
      shortLives = performance.now() - startedAt < SHORT_LIFE_MS ? shortLives + 1 : 0
      const isGivenUp = shortLives >= SHORT_LIVES_MAX
      const how = signal === null ? `exit code ${code ?? 0}: ${lastLine(logFile)}` : `signal ${signal}`
      onEnd({ name, how, isGivenUp })
      if (!isGivenUp) setTimeout(restart, shortLives === 0 ? 0 : RESTART_AFTER_MS)
    })
  }

  function restart(): void {
    if (!isStopping) start()
  }

  start()
  return {
    name,
    pid: () => child?.pid,
    async stop() {
      isStopping = true
      const ending = child
      if (ending === undefined) return
      const gone = once(ending, 'exit')
      ending.kill('SIGTERM')
      const inTime = await Promise.race([gone, sleep(STOP_LIMIT_MS, null, { ref: false })])
      if (inTime === null) ending.kill('SIGKILL')
      await gone
    },
    kill() {
      isStopping = true
      child?.kill('SIGKILL')
    },
  }
}

/** As a person is told. */
export function endText({ name, how, isGivenUp }: End): string {
  return `${name} has ended by ${how}; ${isGivenUp ? 'it ends too often and is not started again' : 'it is started again'}`
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''
}
