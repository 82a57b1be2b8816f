import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands before a server and holds back what passes, so that a test knows to the byte where somebody is. */
export interface Door {
  readonly port: number
  /** Who connects from now on waits; what is connected stays so. */
  shut(): void
  /** Everything that was held passes. */
  open(): void
  /** Resolves when somebody waits before the shut door. */
  readonly knocked: () => Promise<void>
  /**
   * The transaction in which the client says `text` commits, and the client does not hear of it until `open`.
   * Resolves when the server has answered.
   */
  holdAnswerToCommitOf(text: string): Promise<void>
  /** Where the door leads from now on; what is connected is cut off. */
  leadTo(port: number): void
  stop(): Promise<void>
}

export async function startDoor(behind: number): Promise<Door> {
  let port = behind
  let isShut = false
  let held: (() => void)[] = []
  let waiting: (() => void)[] = []
  let watched: { text: string; answered: () => void } | null = null
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    client.pause()
    const pass = () => lead(client)
    keep(client)
    if (!isShut) return pass()
    held.push(pass)
    for (const tell of waiting) tell()
    waiting = []
  })

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }

  function lead(client: Socket): void {
    const upstream = connect(port, '127.0.0.1')
    keep(upstream)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    let isOurs = false
    let answered: (() => void) | null = null
    client.on('data', (bytes) => {
      if (watched !== null && bytes.includes(watched.text)) isOurs = true
      if (isOurs && watched !== null && bytes.includes('commit\0')) {
        answered = watched.answered
        watched = null
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (answered === null) return void client.write(bytes)
      held.push(() => client.write(bytes))
      answered()
      answered = null
      // What follows must not overtake it.
      upstream.pause()
      held.push(() => upstream.resume())
    })
    client.resume()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the door has no port')
  return {
    port: address.port,
    shut: () => void (isShut = true),
    open() {
      isShut = false
      const passing = held
      held = []
      for (const pass of passing) pass()
    },
    knocked: () =>
      held.length > 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve)),
    holdAnswerToCommitOf: (text) =>
      new Promise((resolve) => {
        watched = { text, answered: resolve }
      }),
    leadTo(next) {
      port = next
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The same address through a door. */
export function through(url: string, { port }: Door): string {
  const parsed = new URL(url)
  parsed.port = `${port}`
  return parsed.href
}
