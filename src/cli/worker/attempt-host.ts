import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ActionFailure, type ProgramPlace, type RunAs } from '../../actions/action.ts'
import { findAction } from '../../actions/catalogue.ts'
import { inheritedByPrograms } from '../../actions/programs/environment.ts'
import type { OfferedAction, PreparedAction } from '../../actions/offer.ts'
import type { SeenIdentity } from '../../actions/pg/identity.ts'
import { AttemptRefused, type AttemptWork } from '../../app/attempt-work.ts'
import type { Logger } from '../../app/ports.ts'
import type { AttemptHost } from '../../app/begin-attempt.ts'
import { applicationName } from '../../process/environment.ts'
import {
  AttemptExists,
  attemptFolder,
  prepareAttempt,
  SpoolFull,
  type AttemptRequest,
  type Spool,
} from '../../process/spool.ts'
import { discardAttempt, startRunner } from '../../process/start.ts'
import { readHold } from '../../process/local-acts.ts'
import type { Bindings, EnvironmentBinding } from './bindings.ts'
import type { Copies } from './copies/copies.ts'
import { guardTargets } from './guards.ts'
import { refuseStartedBefore } from './started-before.ts'
import { locate, resolveInput, type ResolvedInput } from './resolve-input.ts'

/** Time between the polite signal of a cancel and the next one. */
const GRACE_MS = 10_000

export interface HostSettings {
  readonly pool: string
  readonly spool: Spool
  /** The worker's working folder: relative paths of a runbook start here. */
  readonly cwd: string
  /** What steps run from: this host's own runbooks, as they were when the cutover opened. */
  readonly copies: Copies
  /** The compiled command, started again as the process of a built-in action. */
  readonly main: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly bindings: () => Bindings
  readonly runAs?: RunAs
  /** What the log says of itself, so that it is never a target. */
  readonly log: SeenIdentity
  readonly logger: Logger
}

/** Carries attempts out on this host: resolves, guards, prepares the folder, starts the runner. */
export function makeAttemptHost(settings: HostSettings): AttemptHost {
  return {
    answer: (state) => settings.copies.answer(state),
    async prepare(work) {
      refuseElsewhere(settings, work)
      try {
        await prepare(settings, work)
      } catch (error) {
        throw refusalOf(error)
      }
    },
    async start(attempt) {
      await startRunner(attemptFolder(settings.spool, attempt), { from: settings.environment })
    },
    async discard(attempt) {
      await rm(secretsFolder(settings.spool, attempt), { recursive: true, force: true })
      await discardAttempt(attemptFolder(settings.spool, attempt))
    },
  }
}

/** Passfiles of an attempt: beside its folder, for they are written before it appears; removed when it has ended. */
export function secretsFolder(spool: Spool, attempt: string): string {
  return join(spool.root, 'secrets', attempt)
}

/** The plan says where a step is carried out; an event that sends it elsewhere does not. */
function refuseElsewhere({ pool }: HostSettings, { step }: AttemptWork): void {
  if (step.pool === pool) return
  throw new AttemptRefused(
    `By its runbook “${step.title}” is carried out by the pool ${step.pool}, and this is ${pool}.`,
    'Nothing was started.',
  )
}

async function prepare(settings: HostSettings, work: AttemptWork): Promise<void> {
  const hold = await readHold(settings.spool)
  if (hold) {
    throw new AttemptRefused(
      `This host is held by ${hold.by}: ${hold.reason}.`,
      'Nothing was started. `cutover worker release` on the host ends the hold.',
    )
  }
  await refuseStartedBefore(settings.spool, work, Date.now())
  const bindings = settings.bindings()
  const binding = bindingOf(bindings, work)
  const resolved = resolveInput(work, { binding, cwd: settings.cwd })
  const secret = (name: string): string => binding.secrets[name] ?? ''
  await guardTargets({
    plan: work.plan,
    attempt: work.attempt,
    mutating: work.step.mutating,
    bindings,
    targets: resolved.targets.map((declared) => ({
      declared,
      located: locate(declared, { secret, cwd: settings.cwd }),
    })),
    log: settings.log,
    warn: (message) => settings.logger.warn({ attempt: work.attempt }, message),
  })
  await prepareAttempt(settings.spool, await requestOf(settings, work, resolved))
}

/** A rehearsal on targets without secrets needs no binding; anything else does. */
function bindingOf(bindings: Bindings, work: AttemptWork): EnvironmentBinding {
  const binding = bindings.environments[work.plan.environment]
  if (binding) return binding
  if (work.plan.live) {
    throw new AttemptRefused(
      `This worker has no bindings for the live environment ${work.plan.environment}.`,
      'Nothing was started. Add the environment, with `"live": true`, to the bindings file (CUTOVER_BINDINGS).',
    )
  }
  return { live: false, secrets: {}, identity: {} }
}

async function requestOf(
  settings: HostSettings,
  work: AttemptWork,
  resolved: ResolvedInput,
): Promise<AttemptRequest> {
  const folder = attemptFolder(settings.spool, work.attempt)
  const { keepLogsMs } = work.plan
  const common = {
    attempt: work.attempt,
    cancel: { graceMs: GRACE_MS },
    ...(keepLogsMs === null ? {} : { keepRawMs: keepLogsMs }),
  }
  const action = actionOf(work)
  const prepared = action ? inputOf(action, resolved) : null
  const attended = prepared?.isAttended === true || work.work.expect !== undefined
  const isRun = work.step.kind === 'run'
  if (prepared?.program && isRun && !attended)
    return { ...common, spawn: await prepared.program(await placeOf(settings, work)) }
  const { uses, expect, withinMs, everyMs, metric } = work.work
  return {
    ...common,
    spawn: {
      argv: [process.execPath, settings.main, 'action', uses, '--folder', folder],
      env: { ...inheritedByPrograms(settings.environment), PGAPPNAME: applicationName(work.attempt) },
      cwd: settings.cwd,
    },
    action: withoutUndefined({
      name: uses,
      input: resolved.input,
      expect,
      withinMs,
      everyMs,
      metric,
      estimates: work.estimates,
      attend: prepared?.attend && isRun ? true : undefined,
      files: settings.copies.folderOf(work.cutover),
      runAs: settings.runAs && { ...settings.runAs, folder: secretsFolder(settings.spool, work.attempt) },
      vars: work.plan.vars,
    }),
  }
}

/** Where a program is prepared that the runner starts itself. */
async function placeOf(
  settings: HostSettings,
  { attempt, cutover, plan }: AttemptWork,
): Promise<ProgramPlace> {
  const folder = secretsFolder(settings.spool, attempt)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    attempt,
    folder,
    files: settings.copies.folderOf(cutover),
    cwd: settings.cwd,
    vars: plan.vars,
    environment: settings.environment,
    ...(settings.runAs === undefined ? {} : { runAs: settings.runAs }),
  }
}

const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined))

/** The action of the catalogue; null for the watch, which is the host's own. */
function actionOf(work: AttemptWork): OfferedAction | null {
  const { uses } = work.work
  if (uses === 'watch') return null
  const action = findAction(uses)
  if (action) return action
  throw new AttemptRefused(
    `This worker does not know the action ${uses}.`,
    'Nothing was started. It may be older than the bot: deploy the same version on both.',
  )
}

function inputOf(action: OfferedAction, resolved: ResolvedInput): PreparedAction {
  const prepared = action.prepare(resolved.input)
  if (prepared.ok) return prepared.action
  throw new AttemptRefused(
    `The input of ${action.name} does not fit: ${prepared.problems.join('; ')}.`,
    'Nothing was started. Correct the runbook.',
  )
}

function refusalOf(error: unknown): unknown {
  if (error instanceof ActionFailure) return new AttemptRefused(error.message, error.hint)
  if (error instanceof SpoolFull) {
    return new AttemptRefused(error.message, 'Make room on the disk of the spool, then try again.')
  }
  if (error instanceof AttemptExists) return new AttemptRefused(error.message, 'Nothing was started now.')
  return error
}
