import { z } from 'zod'
import type { JsonObject } from './json.ts'

/** How often a fault strikes, and which calls it lets pass first. */
const When = {
  /** A Web API method, `response_url`, or `*` for all. */
  method: z.string().min(1),
  times: z.union([z.number().int().positive(), z.literal('always')]).default(1),
  /** So many matching calls pass before the first one is struck. */
  skip: z.number().int().nonnegative().default(0),
  /** Only calls whose arguments have these values. */
  where: z.record(z.string(), z.string()).default({}),
}

const CallFault = z.discriminatedUnion('kind', [
  z.strictObject({ ...When, kind: z.literal('error'), error: z.string().min(1) }),
  z.strictObject({ ...When, kind: z.literal('status'), status: z.number().int().min(400).max(599) }),
  z.strictObject({ ...When, kind: z.literal('rate_limited'), retryAfter: z.number().int().positive() }),
  z.strictObject({ ...When, kind: z.literal('hang') }),
  z.strictObject({ ...When, kind: z.literal('close') }),
  z.strictObject({ ...When, kind: z.literal('lose_response') }),
  z.strictObject({ ...When, kind: z.literal('delay'), ms: z.number().int().positive().max(600_000) }),
])

const Count = z.union([z.number().int().positive(), z.literal('always')]).default(1)

const SocketFault = z.discriminatedUnion('socket', [
  z.strictObject({
    socket: z.literal('disconnect'),
    reason: z.enum(['warning', 'refresh_requested', 'link_disabled']),
  }),
  z.strictObject({ socket: z.literal('drop') }),
  z.strictObject({
    socket: z.literal('refuse'),
    error: z.string().min(1).default('internal_error'),
    times: Count,
  }),
  z.strictObject({
    socket: z.literal('duplicate'),
    times: Count,
    /** Only envelopes of this type; left out, of any. */
    type: z.enum(['events_api', 'interactive', 'slash_commands']).optional(),
  }),
])

const TokenFault = z.strictObject({ token: z.enum(['bot', 'app']), state: z.enum(['revoked', 'valid']) })
const LimitSwitch = z.strictObject({ rateLimits: z.boolean() })

export const FaultRequest = z.union([CallFault, SocketFault, TokenFault, LimitSwitch])
export type FaultRequest = z.output<typeof FaultRequest>
export type CallFault = z.output<typeof CallFault>

interface Counter {
  left: number
}

/** The faults that were asked for and have not struck yet. */
export class Faults {
  private waiting: { fault: CallFault; skip: number; left: number }[] = []
  private readonly duplicates: Counter & { type: string | undefined } = { left: 0, type: undefined }
  private readonly refusals: Counter & { error: string } = { left: 0, error: '' }
  private readonly revoked = new Set<'bot' | 'app'>()

  addCallFault(fault: CallFault): void {
    this.waiting.push({ fault, skip: fault.skip, left: countOf(fault.times) })
  }

  /** The fault that strikes this call, counted as used. */
  strike(method: string, args: JsonObject): CallFault | undefined {
    for (const entry of this.waiting) {
      if (!matches(entry.fault, method, args)) continue
      if (entry.skip > 0) {
        entry.skip -= 1
        continue
      }
      entry.left -= 1
      this.waiting = this.waiting.filter((kept) => kept.left > 0)
      return entry.fault
    }
    return undefined
  }

  refuseConnections(error: string, times: number | 'always'): void {
    this.refusals.left = countOf(times)
    this.refusals.error = error
  }

  /** The error `apps.connections.open` answers with this time. */
  refusal(): string | undefined {
    return useOne(this.refusals) ? this.refusals.error : undefined
  }

  duplicateEnvelopes(times: number | 'always', type: string | undefined): void {
    this.duplicates.left = countOf(times)
    this.duplicates.type = type
  }

  /** Whether this envelope is to be sent twice. */
  duplicate(type: string): boolean {
    const isMeant = this.duplicates.type === undefined || this.duplicates.type === type
    return isMeant && useOne(this.duplicates)
  }

  setToken(token: 'bot' | 'app', state: 'revoked' | 'valid'): void {
    if (state === 'revoked') this.revoked.add(token)
    else this.revoked.delete(token)
  }

  isRevoked(token: 'bot' | 'app'): boolean {
    return this.revoked.has(token)
  }

  list(): JsonObject {
    return {
      calls: this.waiting.map(({ fault, left }) => ({ ...fault, left: shown(left) })),
      refuseConnections: shown(this.refusals.left),
      duplicateEnvelopes: shown(this.duplicates.left),
      revoked: [...this.revoked],
    }
  }

  clear(): void {
    this.waiting = []
    this.duplicates.left = 0
    this.refusals.left = 0
    this.revoked.clear()
  }
}

function matches(fault: CallFault, method: string, args: JsonObject): boolean {
  if (fault.method !== '*' && fault.method !== method) return false
  return Object.entries(fault.where).every(([name, value]) => args[name] === value)
}

function countOf(times: number | 'always'): number {
  return times === 'always' ? Number.POSITIVE_INFINITY : times
}

function shown(left: number): number | 'always' {
  return Number.isFinite(left) ? left : 'always'
}

function useOne(counter: Counter): boolean {
  if (counter.left <= 0) return false
  counter.left -= 1
  return true
}
