import type { CutoverState } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import type { CutoverLog, CutoverSummary, Dispatches, Logger, Presence, WorkQueue } from './ports.ts'

/** A leader that is silent this long is followed by another `serve`. */
const LEASE_MS = 10_000
/** After this long without a sign of its host nobody can look at an attempt: it is unobserved. */
export const UNOBSERVED_MS = 30_000
/** A claimed attempt whose worker does not come to the spawn is taken back and given out anew. */
const CLAIMED_MS = 30_000
/** One cutover never needs this many steps at once; more means that something repeats itself. */
const ROUNDS_MAX = 200

export interface Leader {
  /** Everything that is due now; returns whether this instance leads. Never two at a time. */
  tick(): Promise<boolean>
}

interface LeaderDeps {
  readonly log: CutoverLog
  readonly presence: Presence
  readonly dispatches: Dispatches
  readonly queue: WorkQueue
  readonly instance: string
  readonly version: string
  readonly logger: Logger
  /** This cutover has been brought up to date: whatever shows or tells it may look again. Must not wait. */
  readonly advanced: (state: CutoverState) => void
}

/** The leader of `serve`: what follows by itself from state and time, and the relay to the queue. */
export function makeLeader(deps: LeaderDeps): Leader {
  const { log, presence, logger } = deps
  const seen = new Map<string, number>()

  async function tick(): Promise<boolean> {
    await presence.serveSeen(deps.instance, deps.version)
    if (!(await presence.lead(deps.instance, LEASE_MS))) return false
    const now = await log.now()
    for (const summary of await log.list()) {
      if (!needsALook(summary, now, seen.get(summary.id))) continue
      try {
        const state = await advance(summary.id)
        if (!state) continue
        seen.set(state.id, state.position)
        deps.advanced(state)
      } catch (error) {
        logger.error({ cutover: summary.id, error }, 'advancing a cutover failed; trying again')
      }
    }
    await observePools(deps, now)
    await relay(deps)
    return true
  }

  async function advance(cutover: string): Promise<CutoverState | null> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const outcome = await handleCommand(log, cutover, { type: 'advance' }, { actor: { kind: 'cutover' } })
      if (!outcome.ok) {
        logger.warn({ cutover, refusal: outcome.refusal.code }, 'a cutover cannot be advanced')
        return null
      }
      if (outcome.recorded.length === 0) return outcome.state
    }
    logger.error({ cutover }, 'a cutover does not come to rest')
    return null
  }

  return { tick }
}

function needsALook(summary: CutoverSummary, now: number, seenAt: number | undefined): boolean {
  if (isOver(summary) && seenAt === summary.position) return false
  return seenAt !== summary.position || (summary.wakeAt !== null && summary.wakeAt <= now)
}

function isOver(summary: CutoverSummary): boolean {
  return summary.status === 'closed' || summary.status === 'abandoned'
}

function observation(attempt: CutoverState['attempts'][string], silentMs: number, now: number) {
  switch (attempt.status) {
    case 'claimed':
      return now - (attempt.claimedAt ?? now) > CLAIMED_MS
        ? ({
            type: 'revoke',
            attempt: attempt.id,
            why: 'its worker went away before it started anything',
          } as const)
        : null
    case 'spawning':
    case 'running':
      return silentMs > UNOBSERVED_MS
        ? ({ type: 'report unobserved', attempt: attempt.id, since: now - Math.min(silentMs, now) } as const)
        : null
    case 'unobserved':
      return silentMs < UNOBSERVED_MS ? ({ type: 'report observed', attempt: attempt.id } as const) : null
    default:
      return null
  }
}

async function observePools({ log, presence }: LeaderDeps, now: number): Promise<void> {
  const silent = new Map((await presence.pools()).map((pool) => [pool.name, pool.silentMs]))
  for (const summary of await log.list()) {
    if (isOver(summary)) continue
    const state = (await log.load(summary.id))?.state
    for (const attempt of Object.values(state?.attempts ?? {})) {
      const silentMs = silent.get(attempt.pool) ?? Number.POSITIVE_INFINITY
      const command = observation(attempt, silentMs, now)
      if (command) await handleCommand(log, summary.id, command, { actor: { kind: 'cutover' } })
    }
  }
}

async function relay({ dispatches, queue, logger }: LeaderDeps): Promise<void> {
  const relayed: string[] = []
  for (const dispatch of await dispatches.due()) {
    try {
      await queue.add(dispatch)
      relayed.push(dispatch.attempt)
    } catch (error) {
      logger.warn(
        { attempt: dispatch.attempt, reason: String(error) },
        'the queue did not take an attempt; trying again',
      )
      break
    }
  }
  if (relayed.length > 0) await dispatches.relayed(relayed)
}
