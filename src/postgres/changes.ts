import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { CHANGED } from './append.ts'

const AGAIN_MS = 1000
const CONNECT_WITHIN_MS = 5000

/**
 * Calls `changed(cutover)` soon after an append by any process. A hint: what is sent while the connection is down is
 * lost, so whoever listens also looks by itself now and then; after each (re)connection `changed(null)` says so.
 */
export function listenForChanges(
  connection: { readonly connectionString: string },
  changed: (cutover: string | null) => void,
): { stop: () => Promise<void> } {
  const life = new AbortController()
  let client: Client | undefined

  /** One connection, from its beginning to its end, whichever side ends it. A client cannot be used twice. */
  async function listenOnce(): Promise<void> {
    const one = new Client({
      ...connection,
      application_name: 'cutover:listen',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
    })
    client = one
    one.on('notification', (message) => changed(message.payload ?? null))
    const ended = new Promise<void>((resolve) => {
      one.once('end', resolve)
      one.on('error', () => resolve())
    })
    try {
      await one.connect()
      await one.query(`listen ${CHANGED}`)
      changed(null)
      if (!life.signal.aborted) await ended
    } finally {
      await one.end().catch(() => undefined)
    }
  }

  async function listenAlways(): Promise<void> {
    while (!life.signal.aborted) {
      await listenOnce().catch(() => undefined)
      await sleep(AGAIN_MS, undefined, { signal: life.signal, ref: false }).catch(() => undefined)
    }
  }

  const listening = listenAlways()
  return {
    async stop() {
      life.abort()
      await client?.end().catch(() => undefined)
      await listening
    },
  }
}
