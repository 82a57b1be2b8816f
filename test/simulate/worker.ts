import { beginAttempt, type AttemptHost } from '../../src/app/begin-attempt.ts'
import type { CutoverLog, Logger, Presence } from '../../src/app/ports.ts'
import { recordAttempt } from '../../src/app/record-attempt.ts'
import { repeatedly } from '../../src/cli/repeatedly.ts'
import type { WorkerCommand } from '../../src/domain/commands.ts'
import type { Actor } from '../../src/domain/events.ts'
import type { Folder, Host, Result } from './host.ts'
import type { FakeQueue } from './queue.ts'
import type { Process, Scheduler } from './scheduler.ts'

const SEEN_EVERY_MS = 8000
const LOOK_EVERY_MS = 3000
const START_PATIENCE_MS = 60_000

interface Deps {
  readonly process: Process
  readonly scheduler: Scheduler
  readonly log: CutoverLog
  readonly presence: Pick<Presence, 'poolSeen' | 'cancelRequests'>
  readonly host: Host
  readonly port: AttemptHost
  readonly queue: FakeQueue
  readonly pool: string
  readonly logger: Logger
}

/** A worker: the product's own beginning and reporting of attempts, around a host that is simulated. */
export function startWorker(deps: Deps): void {
  const { process, log, presence, host, port, queue, pool, logger } = deps
  const actor: Extract<Actor, { kind: 'worker' }> = { kind: 'worker', pool, worker: process.name }
  const looking = new Set<string>()
  queue.consume(pool, process, (job) =>
    beginAttempt({ log, host: port, actor, hostName: 'h1', logger }, job).catch((error: unknown) =>
      logger.warn({ error }, 'an attempt could not be begun'),
    ),
  )

  const tell = (folder: Folder, report: Parameters<typeof recordAttempt>[2]): Promise<unknown> =>
    recordAttempt({ log, actor, logger }, cutoverOf(folder.attempt), report)

  /** In the order of the supervisor: what was told is noted after it was accepted, so a crash tells it again. */
  async function lookAt(folder: Folder): Promise<void> {
    const { attempt, reported } = folder
    switch (host.judge(folder)) {
      case 'not started':
        if (deps.scheduler.now - folder.preparedAt > START_PATIENCE_MS) host.fence(folder)
        return
      case 'never started':
        await tell(folder, { type: 'refuse', attempt, why: 'It was never started.', hint: 'Try again.' })
        reported.settled = true
        return
      case 'running':
        await tellStarted(folder)
        if (reported.worker !== null && reported.worker !== process.name) {
          await tell(folder, { type: 'report adopted', attempt, worker: process.name })
          reported.worker = process.name
        }
        if (folder.cancelAsked && folder.runner === 'dead') host.stopChild(folder)
        return
      case 'ended':
        await tellStarted(folder)
        if (folder.result !== null) await tell(folder, endedCommand(attempt, folder.result))
        reported.settled = true
        return
      case 'dead':
        await tellStarted(folder)
        await tell(folder, { type: 'report unknown', attempt, why: 'Nothing of it is alive.' })
        reported.settled = true
    }
  }

  async function tellStarted({ attempt, child, reported }: Folder): Promise<void> {
    if (reported.started || child === 'none') return
    await recordAttempt({ log, actor, logger }, cutoverOf(attempt), {
      type: 'report running',
      attempt,
      host: 'h1',
    })
    reported.started = true
    reported.worker = process.name
  }

  async function look(): Promise<void> {
    if (host.spoolHolder?.isAlive !== true) host.spoolHolder = process
    if (host.spoolHolder !== process) return
    for (const folder of host.folders.values()) {
      if (folder.reported.settled || looking.has(folder.attempt)) continue
      looking.add(folder.attempt)
      void lookAt(folder)
        .catch((error: unknown) => logger.warn({ error }, 'watching an attempt failed; trying again'))
        .finally(() => looking.delete(folder.attempt))
    }
  }

  async function carryOutCancels(): Promise<void> {
    const asked = await presence.cancelRequests(pool)
    for (const { attempt } of asked) {
      const folder = host.folders.get(attempt)
      if (folder !== undefined) host.cancel(folder)
    }
  }

  repeatedly(SEEN_EVERY_MS, () => presence.poolSeen(pool, process.name), logger)
  repeatedly(LOOK_EVERY_MS, look, logger)
  repeatedly(SEEN_EVERY_MS, carryOutCancels, logger)
}

export const cutoverOf = (attempt: string): string => attempt.slice(0, attempt.indexOf('.'))

function endedCommand(
  attempt: string,
  { code, verdict, cancelled, durationMs }: Result,
): Extract<WorkerCommand, { type: 'report ended' }> {
  const outcome = cancelled ? 'cancelled' : code === 0 ? 'succeeded' : 'failed'
  return {
    type: 'report ended',
    attempt,
    outcome,
    ...(outcome === 'succeeded' && { verdict }),
    summary: outcome,
    facts: {},
    exit: code,
    durationMs,
    host: 'h1',
    digest: '',
    ...(outcome === 'failed' && { error: { message: `Exit ${code}.`, hint: 'Look.', changed: 'nothing' } }),
  }
}
