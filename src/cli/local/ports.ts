import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range that systems take outgoing connections from, so that it stays free while nobody listens. */
const LOWEST = 18_000
const COUNT = 12_000
const TRIES = 50

/** A port on 127.0.0.1 that nobody listens on, likely still free when it is wanted later. */
export async function choosePort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried++) {
    const port = LOWEST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port between ${LOWEST} and ${LOWEST + COUNT} was found on 127.0.0.1.`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
