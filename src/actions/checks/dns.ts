import { Resolver } from 'node:dns/promises'
import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { duration } from '../parameters.ts'
import { count, duration as spoken } from '../wording.ts'

const TIMEOUT_MS = 5_000

const TYPES = ['A', 'AAAA', 'CNAME'] as const
type RecordType = (typeof TYPES)[number]

const Input = z.strictObject({
  name: z
    .string()
    .regex(/^(?=.{1,253}\.?$)(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/, 'this is no name of a host')
    .meta({ parameter: 'text', description: 'The name that is looked up: `api.example.org`.' }),
  type: z.enum(TYPES).optional().describe('`A` unless said, `AAAA` or `CNAME`.'),
  answers: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('What each answer must be one of: the new addresses, or for `CNAME` the new name.'),
  resolvers: z
    .array(z.string().refine(isServer, 'a name server is an IP address, with a port where it is not 53'))
    .min(1)
    .optional()
    .describe(
      'Name servers, each asked for itself: `[1.1.1.1, "10.0.0.2:5353"]`; those of the host unless said.',
    ),
  timeout: duration('How long a name server may take; 5s unless said.').optional(),
})
type Input = z.infer<typeof Input>

export const dns: CheckAction<Input> = {
  name: 'dns',
  kind: 'check',
  summary:
    'Asks name servers what a name stands for, and how long they may go on saying so (TTL). Green when each of them answers as `answers` says, or, without it, when all answer the same. With `within` it waits until the old answer has run out everywhere. It asks the name servers themselves: /etc/hosts does not count. `value` is the answers, sorted, with commas between them; `rows` is how many name servers answer otherwise or not at all.',
  input: Input,
  facts: { answers: 'list', stale: 'list', servers: 'int', ttl: 'int' },
  check: look,
}

interface Answered {
  readonly server: string
  /** Sorted, as they are compared. */
  readonly answers: readonly string[]
  /** Seconds; absent for a CNAME, of which it is not told. */
  readonly ttl?: number
  /** Why there is no answer. */
  readonly trouble?: string
}

async function look(input: Input, { signal }: ActionContext): Promise<CheckResult> {
  const servers = input.resolvers ?? new Resolver().getServers()
  const answered = await Promise.all(servers.map((server) => ask(server, input, signal)))
  signal.throwIfAborted()
  return resultOf(input, answered)
}

async function ask(
  server: string,
  { name, type = 'A', timeout }: Input,
  signal: AbortSignal,
): Promise<Answered> {
  const timeoutMs = timeout ?? TIMEOUT_MS
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  resolver.setServers([server])
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return { server, ...(await RESOLVE[type](resolver, name)) }
  } catch (error) {
    return { server, answers: [], trouble: troubleOf(error, timeoutMs) }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

type Resolved = Pick<Answered, 'answers' | 'ttl'>

const RESOLVE: {
  readonly [Type in RecordType]: (resolver: Resolver, name: string) => Promise<Resolved>
} = {
  A: async (resolver, name) => withTtl(await resolver.resolve4(name, { ttl: true })),
  AAAA: async (resolver, name) => withTtl(await resolver.resolve6(name, { ttl: true })),
  CNAME: async (resolver, name) => ({ answers: (await resolver.resolveCname(name)).map(plain).toSorted() }),
}

const withTtl = (records: readonly { readonly address: string; readonly ttl: number }[]): Resolved => ({
  answers: records.map(({ address }) => plain(address)).toSorted(),
  ttl: Math.max(...records.map(({ ttl }) => ttl)),
})

function resultOf({ name, answers: wanted }: Input, answered: readonly Answered[]): CheckResult {
  const others = answered.filter((one) => !isAsExpected(one, wanted?.map(plain), answered))
  const seen = [...new Set(answered.flatMap(({ answers }) => answers))].toSorted()
  const counting = others.some(({ ttl }) => ttl !== undefined) ? others : answered
  const facts = {
    answers: seen,
    stale: others.map(({ server }) => server),
    servers: answered.length,
    ttl: Math.max(-1, ...counting.map(({ ttl }) => ttl ?? -1)),
  }
  return {
    green: answered.length > 0 && others.length === 0,
    answer: answered.length === 0 ? `no name server to ask for ${name}` : answerOf(answered, others),
    facts: facts.ttl < 0 ? { ...facts, ttl: null } : facts,
    // Where nobody answers there is nothing to hold against what is expected.
    measured: seen.length === 0 ? {} : { value: seen.join(', '), rows: others.length },
  }
}

/** One of what is wanted, each of them; where nothing is, the same as the first that answered. */
function isAsExpected(
  { answers }: Answered,
  wanted: readonly string[] | undefined,
  answered: readonly Answered[],
): boolean {
  if (wanted !== undefined) return answers.length > 0 && answers.every((one) => wanted.includes(one))
  const first = answered.find((one) => one.answers.length > 0)
  return first !== undefined && answers.join() === first.answers.join()
}

const SHOWN_MAX = 4

function answerOf(answered: readonly Answered[], others: readonly Answered[]): string {
  const [first] = answered
  if (others.length === 0 && first !== undefined) {
    const where = answered.length === 1 ? `at ${first.server}` : `at all ${answered.length} name servers`
    return `${saidBy(first)} ${where}`
  }
  const shown = others.slice(0, SHOWN_MAX).map((one) => `${one.server}: ${saidBy(one)}`)
  const more = others.length > SHOWN_MAX ? `; and ${others.length - SHOWN_MAX} more` : ''
  const well = answered.length - others.length
  return `${well} of ${count(answered.length, 'name server')} as expected; ${shown.join('; ')}${more}`
}

/** `198.51.100.4, which may be kept for 4 min`. */
function saidBy({ answers, ttl, trouble }: Answered): string {
  if (trouble !== undefined) return trouble
  const kept = ttl === undefined ? '' : `, which may be kept for ${spoken(ttl * 1000)}`
  return `${answers.join(', ')}${kept}`
}

/** Names in small letters without the dot at the end, addresses in their one short form. */
function plain(written: string): string {
  const name = written.toLowerCase().replace(/\.$/, '')
  const address = `http://[${name}]`
  return name.includes(':') && URL.canParse(address) ? new URL(address).hostname.slice(1, -1) : name
}

const TROUBLES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'knows no such name',
  ENODATA: 'knows the name, but nothing of this type',
  ECONNREFUSED: 'nobody answers there',
  EREFUSED: 'refuses to answer',
  ESERVFAIL: 'could not find out (SERVFAIL)',
  EBADRESP: 'its answer makes no sense',
  EFORMERR: 'did not understand the question',
  ENOTIMP: 'does not know such questions',
}

function troubleOf(error: unknown, timeoutMs: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'ETIMEOUT'
    ? `no answer within ${spoken(timeoutMs)}`
    : (TROUBLES[code] ?? 'could not be asked')
}

function isServer(text: string): boolean {
  try {
    new Resolver().setServers([text])
    return true
  } catch {
    return false
  }
}
