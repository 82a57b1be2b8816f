import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { duration } from '../parameters.ts'
import { bytes, duration as spoken, oneLine } from '../wording.ts'
import { isWebAddress, reasonOf } from './web-address.ts'

const TIMEOUT_MS = 10_000
const BODY_BYTES = 1_000_000
const REDIRECTS = 5

const Input = z.strictObject({
  url: z
    .string()
    .refine(isWebAddress, 'an address begins with http:// or https:// and holds no user or password')
    .meta({ parameter: 'text', description: 'The address; asked by GET.' }),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe('Request headers, such as a token from a secret.'),
  timeout: duration('How long an answer may take; 10s unless said.').optional(),
})
type Input = z.infer<typeof Input>

export const http: CheckAction<Input> = {
  name: 'http',
  kind: 'check',
  summary:
    'Asks a web address by GET; `status`, `json`, `body`, `value` (the body) and `size` can be expected. A redirect to another host is not followed.',
  input: Input,
  facts: { status: 'int', bytes: 'int', ms: 'int' },
  check,
}

async function check({ url, headers, timeout }: Input, { signal }: ActionContext): Promise<CheckResult> {
  const timeoutMs = timeout ?? TIMEOUT_MS
  const limit = AbortSignal.timeout(timeoutMs)
  const began = performance.now()
  try {
    const { response, elsewhere } = await follow(
      new URL(url),
      headers ?? {},
      AbortSignal.any([signal, limit]),
    )
    const body = await readBody(response)
    return resultOf({ response, elsewhere, body, ms: Math.round(performance.now() - began) })
  } catch (error) {
    signal.throwIfAborted()
    const reason = limit.aborted ? `no answer within ${spoken(timeoutMs)}` : reasonOf(error)
    return { green: false, answer: `${new URL(url).host}: ${reason}`, facts: {}, measured: {} }
  }
}

interface Answer {
  readonly response: Response
  /** Host of a redirect that was not followed. */
  readonly elsewhere: string | undefined
  readonly body: { readonly text: string; readonly bytes: number; readonly cut: boolean }
  readonly ms: number
}

function resultOf({ response: { status, ok }, elsewhere, body, ms }: Answer): CheckResult {
  const notes = [
    elsewhere === undefined ? '' : `, sent on to ${elsewhere}, another host`,
    body.cut ? `, more than ${bytes(BODY_BYTES)}` : '',
    ok || body.text === '' ? '' : `: ${oneLine(body.text, 100)}`,
  ]
  const json = body.cut ? undefined : parse(body.text)
  return {
    green: ok,
    answer: `${status} in ${ms} ms${notes.join('')}`,
    facts: { status, bytes: body.bytes, ms },
    measured: {
      status,
      size: body.bytes,
      ...(body.cut ? {} : { body: body.text, value: body.text.trim() }),
      ...(json === undefined ? {} : { json }),
    },
  }
}

async function follow(start: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
  let address = start
  for (let step = 0; ; step += 1) {
    const response = await fetch(address, { headers, signal, redirect: 'manual' })
    const location = response.headers.get('location')
    if (
      response.status < 300 ||
      response.status > 399 ||
      location === null ||
      !URL.canParse(location, address.href)
    ) {
      return { response, elsewhere: undefined }
    }
    const next = new URL(location, address)
    if (next.host !== start.host || next.protocol !== start.protocol)
      return { response, elsewhere: next.host }
    if (step === REDIRECTS) return { response, elsewhere: undefined }
    await response.body?.cancel()
    address = next
  }
}

async function readBody(response: Response): Promise<Answer['body']> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (response.body) {
    // Leaving the loop early ends the transfer.
    for await (const chunk of response.body) {
      if (!(chunk instanceof Uint8Array)) continue
      size += chunk.length
      chunks.push(chunk)
      if (size > BODY_BYTES) break
    }
  }
  const cut = size > BODY_BYTES
  return { text: Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8'), bytes: size, cut }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
