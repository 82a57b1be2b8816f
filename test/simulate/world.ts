import { handleCommand } from '../../src/app/handle-command.ts'
import { makeLeader } from '../../src/app/lead.ts'
import type { Logger, Presence } from '../../src/app/ports.ts'
import { repeatedly } from '../../src/cli/repeatedly.ts'
import { decide } from '../../src/domain/decide.ts'
import { fold } from '../../src/domain/evolve.ts'
import { isOver } from '../../src/domain/lookup.ts'
import { eventHash, GENESIS } from '../../src/postgres/hash.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { HOLDERS, person } from '../support/cutover.ts'
import { ANA, T0 } from '../support/plans.ts'
import { Border, Locks, Violation } from './border.ts'
import { Database } from './database.ts'
import { drawRates, Faults } from './faults.ts'
import { Host } from './host.ts'
import { Oracle } from './oracle.ts'
import { answersTo, PEOPLE, revisionOf, whim, type Press } from './people.ts'
import { PLANS, TOLD_PLANS } from './plans.ts'
import { fakeClaims, fakeDispatches, fakeEffects, fakeLog, fakePresence, type Connection } from './ports.ts'
import { FakeQueue } from './queue.ts'
import { makeRandom, type Random } from './random.ts'
import { makeProcess, type Process, type Scheduler } from './scheduler.ts'
import { objectionTo, requireNoCopies, startShowing, wantedOf, type Showing } from './shown.ts'
import type { Figures } from './simulate.ts'
import { FakeSlack } from './slack.ts'
import type { Trace } from './trace.ts'
import { startWorker } from './worker.ts'

/** What a test may take away from the surroundings, to see that the oracle notices. */
export interface Guards {
  /** The log refuses what was decided on another position. */
  readonly version: boolean
  /** What the log says that it has recorded is there. */
  readonly commit: boolean
  /** One runner takes the lock of an attempt. */
  readonly lock: boolean
}

/** One `serve` as the people and the world see it. */
interface Serve {
  readonly process: Process
  readonly log: ReturnType<typeof fakeLog>
  readonly showing: Showing | null
}

const CUTOVER = 'c1'
const POOL = 'db'
const TICK_MS = 7000
const SERVES = ['serve-a', 'serve-b'] as const
const WORKERS = ['worker-a', 'worker-b'] as const
/** So long after the faults everything has to have come to its end. */
const PATIENCE_MS = 20 * 60_000
/** So long after the end, and after the faults, Slack may still be brought up to date. */
const SHOWING_MS = 150_000

/** The whole installation of one run, and everybody in it. */
export class World {
  readonly #scheduler: Scheduler
  readonly #trace: Trace
  readonly #random: Random
  readonly #faults: Faults
  readonly #database: Database
  readonly #locks: Locks
  readonly #queue: FakeQueue
  readonly #slack: FakeSlack | null
  readonly #host: Host
  readonly #oracle: Oracle
  readonly #serves = new Map<string, Serve>()
  readonly #began: number
  /** Until when the database does not answer. */
  #awayUntil = 0
  #incarnations = 0
  #commits = 0
  #presses = 0
  #isHealed = false
  #slackAwayUntil = 0
  #shownUntil = Number.POSITIVE_INFINITY

  constructor({
    seed,
    scheduler,
    trace,
    guards,
    withSlack,
  }: {
    seed: number
    scheduler: Scheduler
    trace: Trace
    guards: Partial<Guards>
    withSlack: boolean
  }) {
    const random = makeRandom(seed)
    this.#scheduler = scheduler
    this.#trace = trace
    this.#random = random
    this.#began = scheduler.now
    this.#faults = new Faults(random, drawRates(random))
    this.#database = new Database(() => scheduler.now, { version: true, commit: true, ...guards })
    this.#locks = new Locks(scheduler)
    this.#oracle = new Oracle((attempt) => this.#host.folders.get(attempt)?.result ?? null)
    this.#host = new Host({ scheduler, random, faults: this.#faults, trace, watching: this.#oracle })
    if (guards.lock === false) this.#host.guards.lock = false
    this.#slack = withSlack ? new FakeSlack(() => scheduler.now, this.#faults, trace) : null
    this.#queue = new FakeQueue({
      scheduler,
      faults: this.#faults,
      trace,
      upTo: (count) => random.upTo(count),
    })
    this.#database.onCommit = (committed) => {
      this.#commits += 1
      for (const event of committed.events)
        trace.say('log', () => `${event.position} ${event.type} ${JSON.stringify(event.data).slice(0, 160)}`)
      this.#oracle.committed(committed)
      this.#wakeServes()
    }
  }

  /** From the opening to the end. Throws a {@link Violation} at the first promise that is broken. */
  async live(): Promise<void> {
    this.#open()
    for (const name of SERVES) this.#startServe(name)
    for (const name of this.#random.chance(0.6) ? WORKERS : WORKERS.slice(0, 1)) this.#startWorker(name)
    for (const who of PEOPLE) this.#beAtWork(who)
    const faultsUntil = this.#random.between(15_000, 100_000)
    this.#scheduler.plan(faultsUntil, null, () => this.#heal())
    this.#planOutages(faultsUntil)
    const deadline = this.#scheduler.now + faultsUntil + PATIENCE_MS
    await this.#scheduler.run(() => this.#isFinished() || this.#scheduler.now > deadline)
    await this.#judge()
  }

  figures(): Figures {
    return {
      faults: this.#faults.injected,
      commits: this.#commits,
      programs: this.#oracle.programs,
      virtualMs: this.#scheduler.now - this.#began,
      withSlack: this.#slack !== null,
      end: this.#state().status,
    }
  }

  #state(): CutoverState {
    const state = this.#database.cutovers.get(CUTOVER)?.state
    if (state === undefined) throw new Error('the cutover of this run is not in its log')
    return state
  }

  #open(): void {
    const plan = this.#random.pick(this.#slack === null ? PLANS : TOLD_PLANS)
    const decision = decide(
      null,
      { type: 'open', plan, plannedStart: T0, holders: HOLDERS, channelName: 'migration-test' },
      { actor: person(ANA), at: this.#scheduler.now },
    )
    if (!decision.ok) throw new Error(decision.refusal.message)
    const prepared = this.#database.prepare({
      cutover: CUTOVER,
      expected: 0,
      events: decision.events,
      actor: person(ANA),
      key: 'open',
    })
    if ('refused' in prepared) throw new Error('the cutover of this run does not open')
    prepared.commit()
  }

  #around() {
    return {
      scheduler: this.#scheduler,
      faults: this.#faults,
      trace: this.#trace,
      kill: (process: Process, why: string) => this.#kill(process, why),
    }
  }

  #kill(process: Process, why: string): void {
    if (!process.isAlive) return
    this.#trace.say(process.name, () => `is killed ${why}`)
    this.#scheduler.kill(process)
    // Whoever looks after it (systemd, say) starts it again.
    const name = process.name.slice(0, process.name.lastIndexOf('/'))
    const again = this.#isHealed ? 500 : this.#random.between(500, this.#random.chance(0.2) ? 60_000 : 8000)
    this.#scheduler.plan(again, null, () =>
      name.startsWith('serve') ? this.#startServe(name) : this.#startWorker(name),
    )
  }

  #newProcess(name: string): { process: Process; border: Border; connection: Connection; logger: Logger } {
    this.#incarnations += 1
    const process = makeProcess(`${name}/${this.#incarnations}`)
    const border = new Border(this.#around(), process)
    const connection = border.connection(this.#locks, () => this.#scheduler.now < this.#awayUntil)
    return { process, border, connection, logger: this.#loggerOf(process) }
  }

  #loggerOf({ name }: Process): Logger {
    const say = (fields: object, message: string): void =>
      this.#trace.say(name, () => {
        const { error, ...rest } = fields as { error?: unknown }
        return `${message} ${JSON.stringify(rest)} ${error === undefined ? '' : String(error)}`
      })
    return { info: say, warn: say, error: say }
  }

  #startServe(name: string): void {
    const { process, border, connection, logger } = this.#newProcess(name)
    const log = fakeLog(this.#database, connection)
    const showing =
      this.#slack === null ? null : this.#showing(this.#slack, { log, border, connection, logger })
    this.#serves.set(name, { process, log, showing })
    this.#trace.say(process.name, () => 'starts')
    const queue = this.#queue.port((what, effect) =>
      border.call(what, effect, { lost: () => new Error('the queue does not answer') }),
    )
    const leader = makeLeader({
      log,
      // The leader asks no more of it than this.
      presence: fakePresence(this.#database, connection) as Presence,
      dispatches: fakeDispatches(this.#database, connection),
      queue,
      instance: process.name,
      version: 'simulated',
      logger,
      advanced: () => showing?.changed(),
    })
    const turn = async (): Promise<void> => {
      const leads = await leader.tick()
      showing?.turn(leads)
    }
    this.#scheduler.plan(0, process, () => {
      const loop = repeatedly(TICK_MS, turn, logger)
      this.#wakers.set(name, { process, wake: () => loop.wake() })
    })
  }

  #showing(
    slack: FakeSlack,
    {
      log,
      border,
      connection,
      logger,
    }: {
      log: Serve['log']
      border: Border
      connection: Connection
      logger: Logger
    },
  ): Showing {
    const lost = (): Error => new Error('socket hang up')
    const isAway = (): boolean =>
      this.#scheduler.now < this.#slackAwayUntil || this.#faults.strikes('slack', 0.2)
    return startShowing({
      cutover: CUTOVER,
      log,
      effects: fakeEffects(this.#database, connection),
      claims: fakeClaims(this.#database, connection),
      client: slack.client((method, effect) =>
        border.call(method, () => this.#checked(slack, effect), { lost, isAway }),
      ),
      logger,
    })
  }

  #checked<T>(slack: FakeSlack, effect: () => T): T {
    const result = effect()
    requireNoCopies(slack)
    return result
  }

  readonly #wakers = new Map<string, { process: Process; wake: () => void }>()

  /** LISTEN and NOTIFY: a hint, which is sometimes lost. */
  #wakeServes(): void {
    for (const { process, wake } of this.#wakers.values()) {
      if (process.isAlive && !this.#random.chance(0.2))
        this.#scheduler.plan(this.#random.between(20, 300), process, wake)
    }
  }

  #startWorker(name: string): void {
    const { process, border, connection, logger } = this.#newProcess(name)
    this.#trace.say(process.name, () => 'starts')
    const deps = {
      process,
      scheduler: this.#scheduler,
      log: fakeLog(this.#database, connection),
      presence: fakePresence(this.#database, connection),
      host: this.#host,
      port: this.#host.port(border),
      queue: this.#queue,
      pool: POOL,
      logger,
    }
    this.#scheduler.plan(0, process, () => startWorker(deps))
  }

  /** The database away for a while, the host restarted. */
  #planOutages(withinMs: number): void {
    const { rates } = this.#faults
    if (rates.lose > 0 && this.#random.chance(0.3)) {
      this.#scheduler.plan(this.#random.upTo(withinMs), null, () => {
        if (this.#isHealed) return
        this.#awayUntil = this.#scheduler.now + this.#random.between(200, 30_000)
        this.#faults.injected += 1
        this.#trace.say('database', () => `is away until ${this.#awayUntil - this.#began} ms`)
      })
    }
    if (this.#slack !== null && rates.slack > 0) this.#planSlackTrouble(this.#slack, withinMs)
    if (rates.host > 0 && this.#random.chance(0.1)) {
      this.#scheduler.plan(this.#random.upTo(withinMs), null, () => this.#reboot())
    }
  }

  /** Slack away for a while; somebody who tidies up by hand. */
  #planSlackTrouble(slack: FakeSlack, withinMs: number): void {
    if (this.#random.chance(0.3)) {
      this.#scheduler.plan(this.#random.upTo(withinMs), null, () => {
        if (this.#isHealed) return
        this.#slackAwayUntil = this.#scheduler.now + this.#random.between(1000, 60_000)
        this.#faults.injected += 1
        this.#trace.say('slack', () => `is away until ${this.#slackAwayUntil - this.#began} ms`)
      })
    }
    for (let times = this.#random.upTo(3); times > 0; times -= 1) {
      this.#scheduler.plan(this.#random.upTo(withinMs), null, () => {
        if (this.#isHealed) return
        const key = slack.deleteByHand(this.#random.upTo(10_000))
        if (key === null) return
        this.#faults.injected += 1
        this.#trace.say('slack', () => `somebody deletes ${key}`)
      })
    }
  }

  #reboot(): void {
    if (this.#isHealed) return
    this.#faults.injected += 1
    this.#trace.say('host', () => 'is restarted')
    this.#host.reboot()
    for (const process of this.#queue.processes()) this.#kill(process, 'with its host')
  }

  /** Nothing goes wrong from here on, and people answer whatever is asked. */
  #heal(): void {
    this.#trace.say('world', () => 'nothing goes wrong any more')
    this.#isHealed = true
    this.#faults.end()
    this.#awayUntil = 0
    this.#slackAwayUntil = 0
  }

  /** One person, from now to the end: looks at the cutover, thinks, presses; and not again what led to nothing. */
  #beAtWork(who: string, before?: { readonly press: string; readonly position: number }): void {
    const mood = this.#isHealed ? 0 : 0.12
    this.#scheduler.plan(this.#random.between(300, 5000), null, () => {
      const state = this.#state()
      if (isOver(state.status)) return
      const presses = this.#random.chance(mood)
        ? [whim(state, this.#random)]
        : answersTo(state, this.#scheduler.now)
      const chosen = presses[this.#random.upTo(presses.length)]
      if (chosen === undefined) return this.#beAtWork(who)
      const now = { press: JSON.stringify(chosen), position: state.position }
      const isSame = before?.press === now.press && before.position === now.position
      if (!isSame || this.#random.chance(0.2)) this.#press(who, chosen, state)
      this.#beAtWork(who, now)
    })
  }

  /** Through one `serve` or, by a double click or a repeated envelope, through two. */
  #press(who: string, { command, subject }: Press, seen: CutoverState): void {
    const revision = revisionOf(seen, subject)
    this.#presses += 1
    const isCommand = this.#random.chance(0.3)
    const key = isCommand
      ? `command/${this.#presses}`
      : `${CUTOVER}/${subject}/${revision}/${JSON.stringify(command)}/${who}`
    const times = this.#faults.rates.queue > 0 && this.#random.chance(0.15) ? 2 : 1
    for (let time = 0; time < times; time += 1) {
      const serve = this.#serves.get(this.#random.pick(SERVES))
      if (serve === undefined || !serve.process.isAlive) continue
      this.#scheduler.plan(this.#random.between(1, 80), serve.process, () => {
        void this.#handle(serve, who, { command, key, ...(isCommand ? {} : { revision }) })
      })
    }
  }

  async #handle(
    { log, process, showing }: Serve,
    who: string,
    { command, key, revision }: { command: Press['command']; key: string; revision?: number },
  ): Promise<void> {
    try {
      const outcome = await handleCommand(log, CUTOVER, command, {
        actor: person(who),
        key,
        ...(revision === undefined ? {} : { revision }),
      })
      this.#trace.say(
        who,
        () =>
          `${JSON.stringify(command)} by ${process.name}: ${outcome.ok ? 'recorded' : outcome.refusal.code}`,
      )
      if (outcome.ok) showing?.changed()
      if (outcome.ok && (outcome.recorded.length > 0 || outcome.repeated)) this.#oracle.acknowledged(key)
    } catch (error) {
      this.#trace.say(who, () => `${command.type} by ${process.name}: ${String(error)}`)
    }
  }

  #isFinished(): boolean {
    if (!isOver(this.#state().status) || this.#isAnythingAlive()) return false
    if (this.#slack === null) return true
    if (!this.#isHealed) return false
    if (this.#shownUntil === Number.POSITIVE_INFINITY) this.#shownUntil = this.#scheduler.now + SHOWING_MS
    return this.#scheduler.now > this.#shownUntil
  }

  #isAnythingAlive(): boolean {
    return [...this.#host.folders.values()].some(
      (folder) => folder.child === 'alive' || (!folder.reported.settled && folder.lock !== 'free'),
    )
  }

  async #judge(): Promise<void> {
    const state = this.#state()
    if (!isOver(state.status)) {
      const steps = Object.entries(state.steps).map(([id, { status }]) => `${id} ${status}`)
      throw new Violation(
        `it does not come to an end: ${state.status}${state.held === undefined ? '' : ', held'}; ${steps.join(', ')}`,
      )
    }
    this.#oracle.allStand(this.#database.keys)
    this.#judgeChain()
    if (this.#slack === null) return
    const wanted = await wantedOf(this.#database, state, this.#scheduler.now)
    const objection = objectionTo(this.#slack, wanted)
    if (objection !== null) throw new Violation(`Slack: ${objection}`)
  }

  #judgeChain(): void {
    const stored = this.#database.cutovers.get(CUTOVER)
    let previous = GENESIS
    for (const [index, row] of (stored?.rows ?? []).entries()) {
      const { hash, ...rest } = row
      const isWhole =
        row.previous === previous && row.position === String(index + 1) && eventHash(rest) === hash
      if (!isWhole) throw new Violation(`8: the chain breaks at ${row.position}`)
      previous = hash
    }
    const again = fold(stored?.events ?? [])
    if (again?.position !== stored?.state.position || again?.status !== stored?.state.status)
      throw new Violation('8: the events do not give the state that was decided on')
  }
}
