import { WebSocket } from 'ws'
import type { Workspace } from '../../../src/workspace/server.ts'
import type { Answer } from './control.ts'
import { eventually } from './control.ts'
import { atTheEnd, clientOf } from './fixture.ts'

export interface RawSocket {
  socket: WebSocket
  /** Everything heard so far. */
  heard: Answer[]
  /** The first message of this type, when it comes. */
  next(type: string): Promise<Answer>
  ack(envelope: { envelope_id: string }, payload?: unknown): void
}

/** A Socket Mode connection without a library, to see what really goes over the wire. */
export async function rawSocket(workspace: Workspace): Promise<RawSocket> {
  const { url } = await clientOf(workspace, workspace.appToken).apps.connections.open()
  const socket = new WebSocket(url!)
  const heard: Answer[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  atTheEnd(async () => socket.terminate())
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    socket,
    heard,
    next: (type) => eventually(() => heard.find((message) => message.type === type)),
    ack: ({ envelope_id }, payload) => socket.send(JSON.stringify({ envelope_id, payload })),
  }
}
