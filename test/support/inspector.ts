import { once } from 'node:events'
import { WebSocket } from 'ws'

/** Runs a piece of JavaScript in a process that was started with `--inspect`; `output` is what it wrote to stderr. */
export async function evaluateIn(output: string, expression: string): Promise<void> {
  const [address] = /ws:\/\/\S+/.exec(output) ?? []
  if (address === undefined) throw new Error('the process has no inspector')
  const socket = new WebSocket(address)
  await once(socket, 'open')
  const answered = once(socket, 'message')
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }))
  const [answer] = await answered
  socket.terminate()
  const { result } = JSON.parse(String(answer))
  if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails))
}

/** The process does nothing at all for so long, without being stopped; resolves when it goes on. */
export function blockEventLoop(output: string, ms: number): Promise<void> {
  return evaluateIn(output, `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`)
}
