import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { handleCommand, type Envelope, type Outcome } from '../../../src/app/handle-command.ts'
import type { Command } from '../../../src/domain/commands.ts'
import type { Actor, Recorded } from '../../../src/domain/events.ts'
import type { Plan } from '../../../src/domain/plan.ts'
import { fence } from '../../../src/process/evidence.ts'
import { sessionMembers, type ProcessIdentity } from '../../../src/process/runner.ts'
import { startInstallation, type Installation } from '../../support/installation.ts'
import { spoolOf } from '../../support/known-plans.ts'
import { opening } from '../../support/opened.ts'
import type { PlanBuilder } from '../../support/plans.ts'
import { startTestPostgres, type TestPostgres } from '../../support/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/redis.ts'
import { startWorkerProcess, type WorkerPlace, type WorkerProcess } from '../../support/worker-process.ts'
import { startDoor, type Door } from './door.ts'
import { createEffects, readEffects, type Effect } from './effects.ts'
import { brokenPromises } from './promises.ts'
import { reconcileHost } from './reconcile.ts'

export type Backend = 'postgres' | 'redis'

const OUTPUT_MAX = 8000

/** The processes of an attempt. */
export interface Pids {
  readonly runner: number
  readonly child: ProcessIdentity
}

/**
 * A log, a queue on one of its backends, a leader, a target with a table of effects on a server of its own, and
 * workers as processes that a test may kill, stop and continue. One for each test file and backend.
 */
export interface Rig extends Pick<
  Installation,
  'log' | 'presence' | 'pool' | 'server' | 'folder' | 'url' | 'queue' | 'until' | 'pauseServe' | 'resumeServe'
> {
  readonly backend: Backend
  /** Undefined when the queue is on PostgreSQL. */
  readonly redis: TestRedis | undefined
  /** Stands before the log's server, where the rig was asked to have one. */
  readonly door: Door | undefined
  readonly targetServer: TestPostgres
  /** URL of the database that steps work on. */
  readonly target: string
  /** A worker of the pool `db`, ready; killed when the test is over. */
  worker(place?: Partial<WorkerPlace>): Promise<WorkerProcess>
  /** Opens a rehearsal of the plan whose target `main` is the target. */
  open(plan: PlanBuilder | Plan): Promise<string>
  /** Says a command to the log; what was answered with "recorded" must be found there in the end. */
  say(cutover: string, command: Command, actor: Actor, envelope?: Partial<Envelope>): Promise<Outcome>
  /** The same; fails the test when it is refused. */
  does(cutover: string, command: Command, actor: Actor): Promise<void>
  /** Waits until an attempt of the cutover runs; gives its name. */
  running(cutover: string): Promise<string>
  /** Makes the file that work until that name waits for. */
  letEnd(name: string): void
  pidsOf(attempt: string): Pids
  /** SIGKILL for the runner and everything of its command. */
  killAll(pids: Pids): void
  /** Takes the lock that a runner of the attempt would need, as a supervisor does with one that was left behind. */
  fence(attempt: string): Promise<boolean>
  /** Done after the test, before the promises are looked at. */
  atEnd(what: () => Promise<void>): void
  /** Done when the rig is stopped. */
  atLast(what: () => Promise<void>): void
  /** Every session at the log's server ends at once. */
  endSessions(): Promise<void>
  effects(): Promise<readonly Effect[]>
  events(cutover: string): Promise<readonly Recorded[]>
  typesOf(cutover: string): Promise<readonly string[]>
  /** What the test's workers have written to their logs, for a failing test to show. */
  output(): string
  /** Ends the test's workers, looks at the promises A to E, and forgets the test. Gives what was broken. */
  afterwards(): Promise<readonly string[]>
  stop(): Promise<void>
}

export async function startRig(
  backend: Backend,
  { hasDoor = false }: { readonly hasDoor?: boolean } = {},
): Promise<Rig> {
  let door: Door | undefined
  const reachedAt = async (port: number): Promise<number> => {
    door = await startDoor(port)
    return door.port
  }
  const redis = backend === 'redis' ? await startTestRedis() : undefined
  const [installation, targetServer] = await Promise.all([
    startInstallation({
      // What was committed must be there after a SIGKILL of the server.
      settings: { synchronous_commit: 'on' },
      ...(hasDoor ? { reachedAt } : {}),
      ...(redis === undefined ? {} : { queue: { kind: 'redis', url: redis.url } }),
    }),
    startTestPostgres(),
  ])
  const { log, pool, folder, url, until } = installation
  const target = await targetServer.createDatabase('target')
  await createEffects(target)
  let workers: WorkerProcess[] = []
  let cutovers: string[] = []
  let acknowledged: Recorded[] = []
  let endings: (() => Promise<void>)[] = []
  const last: (() => Promise<void>)[] = []
  const events = (cutover: string) => log.events(cutover)
  const pools = new Set(['db'])
  const say: Rig['say'] = async (cutover, command, actor, envelope = {}) => {
    const outcome = await handleCommand(log, cutover, command, { actor, ...envelope })
    if (outcome.ok) acknowledged.push(...outcome.recorded)
    return outcome
  }

  return {
    ...installation,
    backend,
    redis,
    door,
    targetServer,
    target,
    async worker(place = {}) {
      const queue = redis === undefined ? {} : { redisUrl: redis.url }
      pools.add(place.pool ?? 'db')
      const worker = await startWorkerProcess({ url, folder, ...queue, ...place })
      workers.push(worker)
      return worker
    },
    async open(plan) {
      const built = 'build' in plan ? plan.build() : plan
      const main = { name: 'main', kind: 'postgres', locator: target } as const
      const cutover = await opening(log, {
        ...built,
        live: false,
        environment: 'staging',
        targets: { main, ...built.targets },
      })
      cutovers.push(cutover)
      acknowledged.push(...(await log.events(cutover)))
      return cutover
    },
    say,
    async does(cutover, command, actor) {
      const outcome = await say(cutover, command, actor)
      if (!outcome.ok) throw new Error(`"${command.type}" was refused: ${outcome.refusal.message}`)
    },
    async running(cutover) {
      const isRunning = ({ status }: { readonly status: string }) => status === 'running'
      const state = await until(cutover, ({ attempts }) => Object.values(attempts).some(isRunning))
      return Object.values(state.attempts).find(isRunning)!.id
    },
    letEnd: (name) => writeFileSync(join(folder, name), ''),
    pidsOf(attempt) {
      const file = join(folder, 'spool', 'attempts', attempt, 'pid.json')
      const { runner, child } = JSON.parse(readFileSync(file, 'utf8'))
      return { runner: runner.pid, child }
    },
    killAll({ runner, child }) {
      killed(runner)
      for (const { pid } of sessionMembers(child)) killed(pid)
    },
    fence: (attempt) => fence(join(folder, 'spool', 'attempts', attempt)),
    atEnd: (what) => void endings.push(what),
    atLast: (what) => void last.push(what),
    async endSessions() {
      const client = await installation.server.connect()
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname is not null and pid <> pg_backend_pid()`,
      )
      await client.end()
    },
    effects: () => readEffects(target),
    events,
    typesOf: async (cutover) => (await events(cutover)).map(({ type }) => type),
    output: () =>
      workers
        .map((worker) => worker.output())
        .join('\n')
        .slice(-OUTPUT_MAX),
    async afterwards() {
      await Promise.all(workers.map((worker) => worker.kill()))
      workers = []
      for (const end of endings) await end()
      endings = []
      const broken = await brokenPromises({
        log,
        pool,
        cutovers,
        acknowledged,
        effects: () => readEffects(target),
        reconcile: () => reconcile(installation, pools),
      })
      cutovers = []
      acknowledged = []
      return broken
    },
    async stop() {
      for (const end of last) await end()
      await installation.stop()
      await door?.stop()
      await targetServer.stop()
      await redis?.stop()
    },
  }
}

/** One turn of the leader and one look at every attempt of each host that has a spool, waited for. */
async function reconcile(installation: Installation, pools: ReadonlySet<string>): Promise<void> {
  await installation.pauseServe()
  await installation.leader.tick()
  installation.resumeServe()
  for (const pool of pools) {
    if (!existsSync(join(spoolOf(installation.folder, pool), 'attempts'))) continue
    await reconcileHost(installation, { pool, host: hostname() })
  }
}

/** A member of the session may end by itself as soon as another one is gone. */
function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
