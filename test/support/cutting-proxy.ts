import { createServer, connect, type Socket } from 'node:net'
import { once } from 'node:events'

/**
 * Stands between a client and PostgreSQL and cuts the connection at the next COMMIT: before the server hears of it,
 * or after it has carried it out and before its answer arrives.
 */
export async function startCuttingProxy(port: number) {
  let cut: 'never' | 'before' | 'after' = 'never'
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let silenced = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      const isCommit = bytes.includes('commit\0')
      if (!isCommit || cut === 'never') return void upstream.write(bytes)
      const how = cut
      cut = 'never'
      if (how === 'before') return void client.destroy()
      silenced = true
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (silenced) client.destroy()
      else client.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    cutAtNextCommit: (how: 'before' | 'after') => {
      cut = how
    },
    /** True until the armed cut happened. */
    armed: () => cut !== 'never',
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
