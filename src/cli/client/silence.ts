/** Why a request got no answer. `sent`: it may have been heard. */
export interface Silence {
  readonly why: string
  readonly sent: boolean
}

/** These come before a single byte of the request has left. */
const NEVER_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
}

/** What `fetch` threw, in words. */
export function silenceOf(error: unknown, limitSeconds: number): Silence {
  const never = NEVER_SENT[codeOf(error) ?? '']
  if (never !== undefined) return { why: `cannot be reached: ${never}`, sent: false }
  if (isForbiddenPort(error)) return { why: 'cannot be reached: no HTTP is spoken on that port', sent: false }
  const isLate = error instanceof Error && error.name === 'TimeoutError'
  return { why: isLate ? `did not answer in ${limitSeconds} s` : 'broke off without an answer', sent: true }
}

/** undici hides the code below `cause`. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

/** Ports of other protocols, such as 25, which `fetch` never opens. */
function isForbiddenPort(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port'
}
