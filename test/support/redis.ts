import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe } from 'vitest'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** A `describe` that is skipped, visibly, where there is no redis-server on the PATH. */
export const describeWithRedis = describe.skipIf(!hasRedis)

export interface TestRedis {
  readonly url: string
  /** Kill -9: what it held is gone. */
  kill(): Promise<void>
  /** The same port, empty. */
  start(): Promise<void>
  /** What it holds now, kept for `startFromSnapshot`: the same port, as it was then. */
  snapshot(): Promise<void>
  startFromSnapshot(): Promise<void>
  command(...words: readonly [string, ...string[]]): Promise<unknown>
  stop(): Promise<void>
}

/** A redis-server of its own on a free port, without persistence. */
export async function startTestRedis(): Promise<TestRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'cutover-redis-'))
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | null = null

  const dump = join(folder, 'dump.rdb')
  const kept = join(folder, 'kept.rdb')

  async function start(): Promise<void> {
    await rm(dump, { force: true })
    await launch()
  }

  async function launch(): Promise<void> {
    const words = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ]
    const child = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'inherit'] })
    server = child
    for await (const bytes of child.stdout) if (String(bytes).includes('Ready to accept')) break
    child.stdout.resume()
  }

  async function kill(): Promise<void> {
    const child = server
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async function command(name: string, ...words: readonly string[]): Promise<unknown> {
    const redis = new Redis(url)
    redis.on('error', () => undefined)
    try {
      return await redis.call(name, ...words)
    } finally {
      redis.disconnect()
    }
  }

  await start()
  return {
    url,
    start,
    kill,
    command,
    async snapshot() {
      await command('save')
      await copyFile(dump, kept)
    },
    async startFromSnapshot() {
      await copyFile(kept, dump)
      await launch()
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Below the ports that the system hands out by itself: nobody takes it while the server is down. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 30_000)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
