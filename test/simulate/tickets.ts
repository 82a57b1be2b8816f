import type { Observation } from '../../src/app/ports.ts'
import type { Recorded } from '../../src/domain/events.ts'

export interface Ticket {
  readonly attempt: string
  readonly cutover: string
  readonly pool: string
  status: 'dispatched' | 'claimed' | 'spawning' | 'running' | 'ended'
  sight: 'in sight' | 'out of sight' | 'unknown'
  cancelRequested: boolean
  changedAt: number
  relayedAt: number | null
}

/** A change of tickets that is worked out under the lock and made at the commit. Throws where a ticket is elsewhere. */
export type Tickets = Map<string, Ticket>

/** What an event does to tickets and outbox. Throws when one is not where the event says that it was. */
export function applyToTickets(tickets: Tickets, event: Recorded, now: number): void {
  switch (event.type) {
    case 'attempt dispatched': {
      const { attempt, pool } = event.data
      if (tickets.has(attempt)) throw new Error(`duplicate key: the ticket ${attempt}`)
      tickets.set(attempt, {
        attempt,
        cutover: event.cutover,
        pool,
        status: 'dispatched',
        sight: 'in sight',
        cancelRequested: false,
        changedAt: now,
        relayedAt: null,
      })
      return
    }
    case 'attempt claimed':
      return arrow(tickets, event.data.attempt, { from: 'dispatched', to: 'claimed', now })
    case 'attempt spawning':
      return arrow(tickets, event.data.attempt, { from: 'claimed', to: 'spawning', now })
    case 'attempt running':
      return arrow(tickets, event.data.attempt, { from: 'spawning', to: 'running', now })
    case 'cancel requested':
      return beside(tickets, event.data.attempt, { cancelRequested: true })
    case 'attempt unobserved':
      return beside(tickets, event.data.attempt, { sight: 'out of sight' })
    case 'attempt unknown':
      return beside(tickets, event.data.attempt, { sight: 'unknown' })
    case 'attempt observed':
    case 'attempt adopted':
      return beside(tickets, event.data.attempt, { sight: 'in sight' })
    case 'step marked':
      if (event.data.attempt !== undefined) beside(tickets, event.data.attempt, { status: 'ended' })
      return
    case 'attempt ended':
    case 'attempt revoked':
    case 'attempt refused': {
      const before = tickets.get(event.data.attempt)
      if (before === undefined || before.status === 'ended') throw misplaced(event.type, event.data.attempt)
      tickets.set(before.attempt, { ...before, status: 'ended', changedAt: now })
      return
    }
    default:
      return
  }
}

function arrow(
  tickets: Tickets,
  attempt: string,
  { from, to, now }: { from: Ticket['status']; to: Ticket['status']; now: number },
): void {
  const before = tickets.get(attempt)
  if (before?.status !== from) throw misplaced(to, attempt)
  tickets.set(attempt, { ...before, status: to, changedAt: now })
}

/** An ended ticket stays as it is. */
function beside(tickets: Tickets, attempt: string, change: Partial<Ticket>): void {
  const before = tickets.get(attempt)
  if (before !== undefined && before.status !== 'ended') tickets.set(attempt, { ...before, ...change })
}

const misplaced = (what: string, attempt: string): Error =>
  new Error(`the ticket of "${what}" (${attempt}) is not where the log says`)

const AGAIN_AFTER_MS = 5000

/** Never handed over, or handed over a while ago and still not claimed. */
export const dueTickets = (tickets: Tickets, now: number): readonly Ticket[] =>
  [...tickets.values()].filter(
    ({ status, relayedAt }) =>
      status === 'dispatched' && (relayedAt === null || relayedAt < now - AGAIN_AFTER_MS),
  )

/** Attempts whose worker or host went away or came back. `seenAt`: when the host of a pool was seen last. */
export function observationsOf(
  tickets: Tickets,
  seenAt: ReadonlyMap<string, number>,
  { claimedMs, silentMs, now }: { claimedMs: number; silentMs: number; now: number },
): readonly Observation[] {
  return [...tickets.values()].flatMap((ticket): Observation[] => {
    const { attempt, cutover, status, sight, changedAt } = ticket
    const seen = seenAt.get(ticket.pool)
    const since = seen ?? changedAt
    const isUnderWay = status === 'spawning' || status === 'running'
    const told = (what: Observation['what']): Observation[] => [{ attempt, cutover, what, since }]
    if (status === 'claimed' && changedAt < now - claimedMs) return told('not begun')
    if (isUnderWay && sight === 'in sight' && since < now - silentMs) return told('out of sight')
    const isBack = seen !== undefined && seen >= now - silentMs
    return isUnderWay && sight === 'out of sight' && isBack ? told('in sight') : []
  })
}
