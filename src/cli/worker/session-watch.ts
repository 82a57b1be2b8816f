import type { Client } from 'pg'
import { applicationNameOf } from '../../actions/application-name.ts'
import type { Progress } from '../../actions/action.ts'
import { connectPostgres } from '../../actions/pg/connect.ts'
import { findBlocker } from '../../actions/pg/session-blocker.ts'
import { serverProgress } from '../../actions/pg/session-progress.ts'
import type { PostgresTarget } from '../../actions/targets.ts'
import { handleCommand } from '../../app/handle-command.ts'
import type { CutoverLog, Logger, ProgressBoard } from '../../app/ports.ts'
import type { Actor } from '../../domain/events.ts'
import { isUnderWay } from '../../domain/lookup.ts'
import type { Step } from '../../domain/plan.ts'
import type { AttemptState, Blocker, CutoverState } from '../../domain/state.ts'
import { databasesOf, type TargetPlace } from './attempt-targets.ts'
import { cutoverOf } from './reports.ts'

/** A shorter wait for a lock is told to nobody. */
const PATIENCE_MS = 1_000
const LOOK_LIMIT_MS = 2_000
/** After an error a database is left alone for so long. */
const REST_MS = 30_000

interface Watched {
  readonly target: PostgresTarget
  restUntil: number
}

/**
 * Looks at what the sessions of running attempts do on their databases: how far PostgreSQL says they are, and whose
 * lock they wait for. It only reads; the work does not depend on it. Called every second or so.
 */
export function makeSessionWatch(
  deps: TargetPlace & {
    readonly log: CutoverLog
    readonly progress: ProgressBoard
    readonly actor: Extract<Actor, { kind: 'worker' }>
    /** Attempts of this host that have not been told to their end. */
    readonly openAttempts: () => Promise<readonly string[]>
    readonly logger: Logger
  },
) {
  const watched = new Map<string, readonly Watched[]>()
  const shown = new Set<string>()

  async function look(): Promise<void> {
    const open = new Set(await deps.openAttempts())
    for (const attempt of watched.keys()) if (!open.has(attempt)) forget(attempt)
    for (const attempt of open) {
      const state = (await deps.log.load(cutoverOf(attempt)))?.state
      const known = state?.attempts[attempt]
      if (state === undefined || known === undefined || !isUnderWay(known)) continue
      if (isWatched(state.plan.steps[known.step])) await lookAt(state, known)
    }
  }

  async function lookAt(state: CutoverState, attempt: AttemptState): Promise<void> {
    const databases =
      watched.get(attempt.id) ??
      databasesOf(state, attempt.id, deps).map((target): Watched => ({ target, restUntil: 0 }))
    watched.set(attempt.id, databases)
    let progress: Progress | undefined
    let blocker: Blocker | undefined
    for (const database of databases) {
      const seen = await ask(database, attempt.id, deps.logger)
      progress ??= seen?.progress
      if (seen?.blocker !== undefined) blocker ??= { target: database.target.name, ...seen.blocker }
    }
    await tellProgress(attempt.id, progress)
    await tellBlocker(attempt, blocker)
  }

  /** What the action itself says of its progress is better; this fills in where it says nothing. */
  async function tellProgress(attempt: string, progress: Progress | undefined): Promise<void> {
    if (progress === undefined && !shown.has(attempt)) return
    if (progress === undefined) shown.delete(attempt)
    else shown.add(attempt)
    await deps.progress.putServer({ attempt, cutover: cutoverOf(attempt), progress })
  }

  async function tellBlocker(
    { id, blocker: before }: AttemptState,
    blocker: Blocker | undefined,
  ): Promise<void> {
    if (blocker === undefined && before === undefined) return
    const command =
      blocker === undefined
        ? ({ type: 'report unblocked', attempt: id } as const)
        : ({ type: 'report blocked', attempt: id, blocker } as const)
    await handleCommand(deps.log, cutoverOf(id), command, { actor: deps.actor })
  }

  function forget(attempt: string): void {
    watched.delete(attempt)
    shown.delete(attempt)
  }

  return look
}

/** Actions that send everybody away from a database, this look included. */
const FENCING: ReadonlySet<string> = new Set(['pg.restore', 'pg.drain', 'pg.swap', 'pg.swap-back'])

function isWatched(step: Step | undefined): boolean {
  return step?.kind === 'run' && !FENCING.has(step.work.uses)
}

/** A connection for each look: one that stayed would stand in the way of a rename or a drop of that database. */
async function ask(database: Watched, attempt: string, logger: Logger) {
  const name = applicationNameOf(attempt)
  if (database.restUntil > Date.now()) return undefined
  let client: Client | undefined
  try {
    client = await connectPostgres(database.target, {
      attempt: `${attempt}.look`,
      statementTimeoutMs: LOOK_LIMIT_MS,
    })
    return {
      progress: await serverProgress(client, name),
      blocker: await findBlocker(client, name, PATIENCE_MS),
    }
  } catch (error) {
    logger.info({ attempt, target: database.target.name, error }, 'its sessions cannot be looked at')
    database.restUntil = Date.now() + REST_MS
    return undefined
  } finally {
    await client?.end().catch(() => undefined)
  }
}
