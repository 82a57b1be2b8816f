import { Client } from 'pg'
import { CHANGED } from './event-log.ts'

const AGAIN_MS = 1000

/**
 * Calls `changed(cutover)` soon after an append by any process. A hint: what is sent while the connection is down is
 * lost, so whoever listens also looks by itself now and then; after each (re)connection `changed(null)` says so.
 */
export function listenForChanges(
  connection: { readonly connectionString: string; readonly password?: string },
  changed: (cutover: string | null) => void,
): { stop: () => Promise<void> } {
  let client: Client | undefined
  let stopped = false

  async function connect(): Promise<void> {
    if (stopped) return
    client = new Client({ ...connection, application_name: 'cutover:listen', keepAlive: true })
    client.on('notification', (message) => changed(message.payload ?? null))
    client.on('error', () => undefined)
    client.on('end', () => {
      if (!stopped) setTimeout(() => void connect(), AGAIN_MS).unref()
    })
    try {
      await client.connect()
      await client.query(`listen ${CHANGED}`)
      changed(null)
    } catch {
      // The `end` event follows and tries again.
      await client.end().catch(() => undefined)
    }
  }

  void connect()
  return {
    async stop() {
      stopped = true
      await client?.end().catch(() => undefined)
    },
  }
}
