import { lookup } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'
import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { lookUp } from '../expect.ts'
import { duration } from '../parameters.ts'
import { count, duration as spoken, oneLine } from '../wording.ts'
import { askBackend } from './ask-backend.ts'
import type { Reply } from './ask-backend.ts'
import { isWebAddress, reasonOf } from './web-address.ts'

const TIMEOUT_MS = 5_000
const TIMES = 10
const AT_ONCE = 5

const Input = z
  .strictObject({
    url: z
      .string()
      .refine(isWebAddress, 'an address begins with http:// or https:// and holds no user or password')
      .meta({ parameter: 'text', description: 'The address that customers use; asked by GET.' }),
    headers: z.record(z.string(), z.string()).optional().describe('Request headers.'),
    times: z
      .int()
      .min(1)
      .max(200)
      .optional()
      .describe('How often it is asked, each time anew; 10 unless said.'),
    header: z
      .string()
      .min(1)
      .optional()
      .describe('The response header by which a backend says who it is: `x-served-by`.'),
    json: z
      .string()
      .min(1)
      .optional()
      .describe('Or where it stands in a JSON answer: `release`, `node.name`.'),
    backend: z
      .string()
      .min(1)
      .optional()
      .describe('The backend that is looked for, as it calls itself; `value` is its share in per cent.'),
    timeout: duration('How long one answer may take; 5s unless said.').optional(),
  })
  .refine(
    ({ header, json }) => header === undefined || json === undefined,
    'a header or a JSON path, not both',
  )
type Input = z.infer<typeof Input>

export const httpBackends: CheckAction<Input> = {
  name: 'http.backends',
  kind: 'check',
  summary:
    'Asks a web address again and again, on a new connection each time and at every address that its name stands for in turn, and counts who answers: by a header, by a field of the JSON, else by the address. `value` is the share of `backend` in per cent, without it the number of backends; `rows` is the number of backends, `json` the answers by backend. Green when each answer is well (2xx or 3xx) and, where `backend` is given, from it.',
  input: Input,
  facts: { backends: 'list', asked: 'int', failed: 'int', share: 'number' },
  check: look,
}

type Outcome =
  | { readonly backend: string; readonly isWell: boolean; readonly status: number }
  | { readonly failure: string }

async function look(input: Input, { signal, progress }: ActionContext): Promise<CheckResult> {
  const { times = TIMES } = input
  const addresses = await addressesOf(input)
  if (typeof addresses === 'string') return nobody(input, addresses)
  const outcomes: Outcome[] = []
  while (outcomes.length < times) {
    const next = Array.from({ length: Math.min(AT_ONCE, times - outcomes.length) }, (_, index) =>
      ask(input, addresses[(outcomes.length + index) % addresses.length], signal),
    )
    outcomes.push(...(await Promise.all(next)))
    signal.throwIfAborted()
    progress({ done: outcomes.length, total: times, unit: 'answers' })
  }
  return resultOf(input, outcomes)
}

/** All that the name stands for on this host; words where it stands for nothing. */
async function addressesOf({ url }: Input): Promise<readonly LookupAddress[] | string> {
  try {
    return await lookup(new URL(url).hostname.replace(/^\[|\]$/g, ''), { all: true })
  } catch (error) {
    return reasonOf(error)
  }
}

const nobody = ({ url }: Input, why: string): CheckResult => ({
  green: false,
  answer: `${new URL(url).host}: ${why}`,
  facts: {},
  measured: {},
})

async function ask(input: Input, at: LookupAddress | undefined, signal: AbortSignal): Promise<Outcome> {
  const timeoutMs = input.timeout ?? TIMEOUT_MS
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const reply = await askBackend(new URL(input.url), {
      headers: input.headers ?? {},
      at,
      signal: AbortSignal.any([signal, limit]),
    })
    const { status } = reply
    return { backend: nameOf(input, reply), status, isWell: status >= 200 && status < 400 }
  } catch (error) {
    return { failure: limit.aborted ? `no answer within ${spoken(timeoutMs)}` : reasonOf(error) }
  }
}

function nameOf({ header, json }: Input, reply: Reply): string {
  if (header !== undefined) return oneLine(reply.header(header) ?? `without ${header}`, 60)
  if (json === undefined) return reply.address
  const found = lookUp(reply.json, json)
  return found === undefined || found === null ? `without ${json}` : oneLine(String(found), 60)
}

function resultOf({ backend, times = TIMES }: Input, outcomes: readonly Outcome[]): CheckResult {
  const answered = outcomes.flatMap((one) => ('backend' in one ? [one] : []))
  const failures = outcomes.flatMap((one) => ('failure' in one ? [one.failure] : []))
  const ill = answered.filter(({ isWell }) => !isWell)
  const backends = tally(answered.map((one) => one.backend))
  const mine = backends[backend ?? ''] ?? 0
  const share = backend === undefined ? null : Math.round((1000 * mine) / times) / 10
  const names = Object.entries(backends).map(([name, amount]) => `${name} ${amount}`)
  const notes = [
    ...(share === null ? [] : [`${backend} has ${share} %`]),
    ...Object.entries(tally(ill.map(({ status }) => `status ${status}`))).map(many),
    ...Object.entries(tally(failures)).map(many),
  ]
  return {
    green: failures.length + ill.length === 0 && (backend === undefined || mine === times),
    answer: `${count(times, 'answer')} asked for: ${[names.join(', ') || 'none came', ...notes].join('; ')}`,
    facts: { backends: names, asked: times, failed: failures.length + ill.length, share },
    measured:
      answered.length === 0
        ? {}
        : { value: share ?? names.length, rows: Object.keys(backends).length, json: backends },
  }
}

const many = ([what, amount]: readonly [string, number]): string => `${amount} × ${what}`

/** Whoever answered most comes first. */
function tally(words: readonly string[]): { readonly [word: string]: number } {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([, one], [, other]) => other - one))
}
