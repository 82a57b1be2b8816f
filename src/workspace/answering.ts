import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallFault } from './faults.ts'
import type { JsonObject } from './json.ts'
import type { World } from './world.ts'

export interface Answer {
  status: number
  body: unknown
  headers?: Readonly<Record<string, string>>
}

/** Faults after which the caller hears nothing. */
const SILENT = new Set<CallFault['kind'] | undefined>(['hang', 'close', 'lose_response'])

/**
 * Answers one call of the app: lets an arranged fault strike, otherwise does the work, and notes both in the log.
 * `name` is what faults and the log call it. With the fault `lose_response` the work is done and nobody hears of it.
 */
export async function answerCall(
  world: World,
  { name, args }: { name: string; args: JsonObject },
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  work: () => Answer,
): Promise<void> {
  const at = new Date()
  const fault = world.faults.strike(name, args)
  if (fault?.kind === 'delay') await pause(fault.ms)
  const answer = faultAnswer(fault) ?? work()
  const isHeard = !SILENT.has(fault?.kind)
  world.log.add({
    method: name,
    args,
    at: at.toISOString(),
    durationMs: Date.now() - at.getTime(),
    status: isHeard ? answer.status : 0,
    answer: answer.body,
    ...(fault === undefined ? {} : { fault: fault.kind }),
  })
  if (fault?.kind === 'hang') return
  if (!isHeard) {
    request.socket.destroy()
    return
  }
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
  response.end(JSON.stringify(answer.body))
}

export function rateLimited(seconds: number): Answer {
  return {
    status: 429,
    headers: { 'retry-after': String(seconds) },
    body: { ok: false, error: 'ratelimited' },
  }
}

/** What a fault answers in place of the work; undefined when the work is to be done. */
function faultAnswer(fault: CallFault | undefined): Answer | undefined {
  switch (fault?.kind) {
    case 'error':
      return { status: 200, body: { ok: false, error: fault.error } }
    case 'status':
      return { status: fault.status, body: { ok: false, error: 'service_unavailable' } }
    case 'rate_limited':
      return rateLimited(fault.retryAfter)
    case 'hang':
    case 'close':
      return { status: 0, body: null }
    case 'delay':
    case 'lose_response':
    case undefined:
      return undefined
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
