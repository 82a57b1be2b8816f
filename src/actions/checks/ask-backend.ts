import type { LookupAddress } from 'node:dns'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

const BODY_BYTES = 200_000

export interface Reply {
  readonly status: number
  /** The address that answered. */
  readonly address: string
  /** Of a header that came more than once, the first. */
  readonly header: (name: string) => string | undefined
  /** Undefined where the body is none, or longer than is read. */
  readonly json: unknown
}

/** Asks once, on a connection of its own, at that address of the name. Redirects are answers. */
export async function askBackend(
  url: URL,
  given: {
    readonly headers: Readonly<Record<string, string>>
    readonly at: LookupAddress | undefined
    readonly signal: AbortSignal
  },
): Promise<Reply> {
  const { headers, at, signal } = given
  const options = { agent: false, headers, signal, ...(at === undefined ? {} : { lookup: always(at) }) }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send(url, options, resolve).on('error', reject).end()
  })
  const address = response.socket.remoteAddress ?? at?.address ?? url.hostname
  const text = await readBody(response)
  return {
    status: response.statusCode ?? 0,
    address,
    header: (name) => [response.headers[name.toLowerCase()] ?? []].flat()[0],
    json: parse(text),
  }
}

/** The name stands for this one address now; the certificate is still held against the name. */
const always =
  (at: LookupAddress): LookupFunction =>
  (_, { all }, answer) => {
    if (all === true) answer(null, [at])
    else answer(null, at.address, at.family)
  }

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    chunks.push(chunk)
    size += chunk.length
    if (size > BODY_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
