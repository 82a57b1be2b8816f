import type { LeaderCommand } from '../domain/commands.ts'
import type { Instant } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { nextWake } from '../domain/wake.ts'
import { handleCommand, NEWER } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import { makeReminding } from './remind-afterwards.ts'
import { makeStepAside } from './step-aside.ts'
import { tellRehearsals } from './tell-rehearsals.ts'
import type {
  CutoverLog,
  CutoverSummary,
  Dispatches,
  Logger,
  Observation,
  Presence,
  WorkQueue,
} from './ports.ts'

/** A leader that is silent this long is followed by another `serve`. */
const LEASE_MS = 10_000
/** After this long without a sign of its host nobody can look at an attempt: it is unobserved. */
export const UNOBSERVED_MS = 30_000
/** A claimed attempt whose worker does not come to the spawn is taken back and given out anew. */
export const CLAIMED_MS = 30_000
/** One cutover never needs this many steps at once; more means that something repeats itself. */
const ROUNDS_MAX = 200
/** An open cutover is looked at this often whatever its times say. */
const LOOK_ANYWAY_MS = 60_000
/** What could not be brought up to date is tried again after this. */
const AFTER_TROUBLE_MS = 2000

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

/** What the last look at an open cutover found. */
interface Look {
  readonly position: number
  readonly again: Instant
}

/**
 * The leader of `serve`: what follows by itself from state and time, and the relay to the queue. A tick in which
 * nothing happened loads no cutover.
 */
export function makeLeader(deps: LeaderDeps): Leader {
  const { log, presence, logger } = deps
  const looks = new Map<string, Look>()
  const aside = makeStepAside(deps)
  let relaying: Promise<void> | null = null
  const remind = makeReminding(deps, advance)

  async function tick(): Promise<boolean> {
    await presence.serveSeen(deps.instance, deps.version)
    if ((await aside.isNow()) || !(await presence.lead(deps.instance, LEASE_MS))) {
      looks.clear()
      return false
    }
    const now = await log.now()
    const open = await log.open()
    for (const summary of open) {
      if (isDue(summary, now, looks.get(summary.id))) looks.set(summary.id, await lookAt(summary, now))
    }
    await sayGoodbye(new Set(open.map(({ id }) => id)))
    await remind(now)
    await observe(deps)
    relayMeanwhile()
    return true
  }

  /** A queue that hangs must hold up no timer. */
  function relayMeanwhile(): void {
    relaying ??= relay(deps)
      .catch((error: unknown) => logger.warn({ error }, 'handing attempts to the queue failed; trying again'))
      .finally(() => {
        relaying = null
      })
  }

  /** One that cannot be advanced, for whatever reason, does not stop the others. */
  async function lookAt({ id, position }: CutoverSummary, now: Instant): Promise<Look> {
    try {
      const state = await advance(id)
      if (!state) return { position, again: now + LOOK_ANYWAY_MS }
      await tellRehearsals(log, state)
      deps.advanced(state)
      const wake = nextWake(state, now) ?? Number.POSITIVE_INFINITY
      return { position: state.position, again: Math.min(wake, now + LOOK_ANYWAY_MS) }
    } catch (error) {
      if (error instanceof LogUnavailable) throw error
      logger.error({ cutover: id, error }, 'advancing a cutover failed; trying again')
      return { position, again: now + AFTER_TROUBLE_MS }
    }
  }

  /** Null: it cannot be advanced, and saying why once is enough. */
  async function advance(cutover: string): Promise<CutoverState | null> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const outcome = await handleCommand(log, cutover, { type: 'advance' }, { actor: { kind: 'cutover' } })
      if (!outcome.ok) {
        const { code, message } = outcome.refusal
        if (code === NEWER && !aside.metNewer(cutover)) return null
        logger.warn({ cutover, refusal: code, message }, 'a cutover cannot be advanced')
        return null
      }
      if (outcome.recorded.length === 0) return outcome.state
    }
    logger.error({ cutover }, 'a cutover does not come to rest')
    return null
  }

  /** A cutover that ended since the last tick is shown once more. */
  async function sayGoodbye(open: ReadonlySet<string>): Promise<void> {
    for (const id of looks.keys()) {
      if (open.has(id)) continue
      looks.delete(id)
      const ended = await log.load(id)
      if (ended) deps.advanced(ended.state)
    }
  }

  return { tick }
}

function isDue(summary: CutoverSummary, now: Instant, last: Look | undefined): boolean {
  return last === undefined || last.position !== summary.position || last.again <= now
}

async function observe({ log, presence, logger }: LeaderDeps): Promise<void> {
  const seen = await presence.observations({ claimedMs: CLAIMED_MS, silentMs: UNOBSERVED_MS })
  for (const observation of seen) {
    const outcome = await handleCommand(log, observation.cutover, toTell(observation), {
      actor: { kind: 'cutover' },
    })
    if (!outcome.ok) {
      const { attempt, cutover } = observation
      logger.warn({ cutover, attempt, refusal: outcome.refusal.code }, `${observation.what}: not taken`)
    }
  }
}

function toTell({ what, attempt, since }: Observation): LeaderCommand {
  switch (what) {
    case 'not begun':
      return { type: 'revoke', attempt, why: 'its worker went away before it started anything' }
    case 'out of sight':
      return { type: 'report unobserved', attempt, since }
    case 'in sight':
      return { type: 'report observed', attempt }
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
