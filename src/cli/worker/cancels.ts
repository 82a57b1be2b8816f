import { endSessions } from '../../actions/pg/sessions.ts'
import type { CutoverLog, Logger, Presence } from '../../app/ports.ts'
import type { Plan } from '../../domain/plan.ts'
import type { AttemptState } from '../../domain/state.ts'
import { applicationName } from '../../process/environment.ts'
import type { Supervisor } from '../../process/supervisor.ts'
import type { EnvironmentBinding } from './bindings.ts'
import { locate } from './resolve-input.ts'

/**
 * After the polite signal this long passes before an attempt's sessions on its targets are ended. Programs that wait in
 * the client library hear no signal until their query is over; and one that was about to connect is looked for again.
 */
const SESSIONS_AFTER_MS = [250, 3000] as const

export interface Canceller {
  look(): Promise<void>
  /** Ends no further session; what it is at is over when this is fulfilled. */
  stop(): Promise<void>
}

interface Place {
  readonly log: Pick<CutoverLog, 'load'>
  readonly presence: Pick<Presence, 'cancelRequests'>
  readonly pool: string
  readonly supervisor: Pick<Supervisor, 'cancel'>
  readonly bindingOf: (environment: string) => EnvironmentBinding | undefined
  readonly cwd: string
  readonly logger: Logger
}

/**
 * Carries out what people asked to cancel: a file for the runner, then the sessions of the attempt on its targets,
 * because a killed client leaves its backend working. Called several times a second; an attempt is told once.
 */
export function makeCanceller(place: Place): Canceller {
  const told = new Set<string>()
  const timers = new Set<NodeJS.Timeout>()
  const underWay = new Set<Promise<void>>()

  async function cancel(plan: Plan, attempt: AttemptState): Promise<void> {
    const { reason, by } = attempt.cancelRequested ?? { reason: '', by: undefined }
    const who = by?.kind === 'person' ? by.person : 'Cutover'
    await place.supervisor.cancel(attempt.id, { reason, by: who })
    // Also when it has ended meanwhile: whoever told it so may have died before this.
    for (const after of SESSIONS_AFTER_MS) endLater(plan, attempt, after)
  }

  function endLater(plan: Plan, attempt: AttemptState, after: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      const ending = endSessionsOf(attempt, plan, place).finally(() => underWay.delete(ending))
      underWay.add(ending)
    }, after).unref()
    timers.add(timer)
  }

  return {
    async look() {
      for (const request of await place.presence.cancelRequests(place.pool)) {
        if (told.has(request.attempt)) continue
        const state = (await place.log.load(request.cutover))?.state
        const attempt = state?.attempts[request.attempt]
        if (!state || !attempt) continue
        await cancel(state.plan, attempt)
        told.add(attempt.id)
      }
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      await Promise.all(underWay)
    },
  }
}

/** Throws nothing: nobody waits for it. */
async function endSessionsOf(attempt: AttemptState, plan: Plan, place: Place): Promise<void> {
  for (const target of Object.values(plan.targets)) {
    if (target.kind !== 'postgres') continue
    const which = { attempt: attempt.id, target: target.name }
    try {
      // Here and not before: the bindings may be away at any moment, and that must not end the worker.
      const secrets = place.bindingOf(plan.environment)?.secrets ?? {}
      const located = locate(target, { secret: (name) => secrets[name] ?? '', cwd: place.cwd })
      if (located.kind !== 'postgres') continue
      const ended = await endSessions(located, {
        attempt: attempt.id,
        applicationName: applicationName(attempt.id),
      })
      place.logger.info({ ...which, ...ended }, 'sessions of a cancelled attempt')
    } catch (error) {
      place.logger.warn({ ...which, error }, 'sessions could not be looked at')
    }
  }
}
