import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface RunningDemo {
  readonly pid: number
  /** What it has told so far. */
  told(): string
  /** The folder of its own that it names at its beginning. */
  folder(): string
  /** Waits until it has told this. Fails with all it told when it ends before. */
  until(what: RegExp): Promise<void>
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>
  /** For the end of a test that failed. */
  kill(): void
}

/** The compiled `cutover demo` as a process of its own, without a terminal. Needs `npm run build`. */
export function startDemo(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): RunningDemo {
  const child = spawn(process.execPath, [MAIN, 'demo', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
  })
  let told = ''
  let hasEnded = false
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (told += String(bytes)))
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    hasEnded = true
    return typeof code === 'number' ? code : null
  })
  return {
    pid: child.pid!,
    told: () => told,
    folder: () => /Folder\s+(\S+)/.exec(told)?.[1] ?? '',
    async until(what) {
      while (!what.test(told)) {
        if (hasEnded) throw new Error(`The demo ended before it told ${String(what)}:\n${told}`)
        await sleep(20)
      }
    },
    ended,
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Processes whose command line or environment names the folder: everything that a demo has started. */
export function processesOf(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim()
      const isOurs = command.includes(folder) || read(`/proc/${name}/environ`).includes(folder)
      return isOurs && command !== '' ? [{ pid: Number(name), command }] : []
    })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Something that listens where production would be, and counts who comes. */
export async function startRecorder() {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, port, connections: () => connections, stop: () => server.close() }
}
