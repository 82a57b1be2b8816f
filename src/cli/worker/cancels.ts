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

/**
 * Carries out what people asked to cancel: a file for the runner, then the sessions of the attempt on its targets,
 * because a killed client leaves its backend working. Called several times a second; an attempt is told once.
 */
export function makeCanceller(deps: {
  readonly log: CutoverLog
  readonly presence: Presence
  readonly pool: string
  readonly supervisor: Supervisor
  readonly bindingOf: (environment: string) => EnvironmentBinding | undefined
  readonly cwd: string
  readonly logger: Logger
}): () => Promise<void> {
  const told = new Set<string>()

  async function cancel(plan: Plan, attempt: AttemptState): Promise<void> {
    const { reason, by } = attempt.cancelRequested ?? { reason: '', by: undefined }
    const who = by?.kind === 'person' ? by.person : 'Cutover'
    await deps.supervisor.cancel(attempt.id, { reason, by: who })
    // Also when it has ended meanwhile: whoever told it so may have died before this.
    for (const after of SESSIONS_AFTER_MS) setTimeout(() => void endAll(plan, attempt), after).unref()
  }

  async function endAll(plan: Plan, attempt: AttemptState): Promise<void> {
    const binding = deps.bindingOf(plan.environment)
    for (const target of Object.values(plan.targets)) {
      if (target.kind !== 'postgres') continue
      try {
        const located = locate(target, { secret: (name) => binding?.secrets[name] ?? '', cwd: deps.cwd })
        if (located.kind !== 'postgres') continue
        const ended = await endSessions(located, {
          attempt: attempt.id,
          applicationName: applicationName(attempt.id),
        })
        deps.logger.info(
          { attempt: attempt.id, target: target.name, ...ended },
          'sessions of a cancelled attempt',
        )
      } catch (error) {
        deps.logger.warn(
          { attempt: attempt.id, target: target.name, error },
          'sessions could not be looked at',
        )
      }
    }
  }

  return async () => {
    for (const request of await deps.presence.cancelRequests(deps.pool)) {
      if (told.has(request.attempt)) continue
      const state = (await deps.log.load(request.cutover))?.state
      const attempt = state?.attempts[request.attempt]
      if (!state || !attempt) continue
      await cancel(state.plan, attempt)
      told.add(attempt.id)
    }
  }
}
