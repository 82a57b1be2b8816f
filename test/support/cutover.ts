import { ANCHORED, type AnchoredEvent } from '../../src/app/anchor.ts'
import type {
  Command,
  Decision,
  LeaderCommand,
  PersonCommand,
  WorkerCommand,
} from '../../src/domain/commands.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Actor, CutoverEvent, EventType, Recorded } from '../../src/domain/events.ts'
import { evolve } from '../../src/domain/evolve.ts'
import { liveAttempt } from '../../src/domain/lookup.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { CutoverState, Holder, Predecessor, StepState } from '../../src/domain/state.ts'
import { readyPool } from './pools.ts'
import { ANA, BEN, CAI, HOUR, MINUTE, T0 } from './plans.ts'

export interface OpenOptions {
  /** When it is opened; two hours before T-0 by default. */
  readonly now?: number
  readonly plannedStart?: number
  readonly opener?: string
  readonly holders?: { readonly [role: string]: Holder }
  readonly realTime?: boolean
  readonly after?: Predecessor
  readonly reason?: string
}

export const HOLDERS: { readonly [role: string]: Holder } = {
  lead: { person: ANA },
  observer: { person: BEN },
  communicator: { person: CAI },
}

export const person = (id: string): Actor => ({ kind: 'person', person: id, via: 'slack' })
export const LEADER: Actor = { kind: 'cutover' }
export const worker = (pool = 'db', name = 'w1'): Actor => ({ kind: 'worker', pool, worker: name })

type Outcome = Partial<Extract<WorkerCommand, { type: 'report ended' }>>

/**
 * One cutover with a log in memory and a clock of its own: what the app does around `decide`, without the app.
 * Refused commands change nothing; `advance` runs only when a test says so.
 */
export class Cutover {
  now: number
  readonly events: Recorded[] = []
  private current: CutoverState | null = null

  constructor(plan: Plan, options: OpenOptions = {}) {
    this.now = options.now ?? T0 - 2 * HOUR
    const opened = this.decide(
      {
        type: 'open',
        plan,
        plannedStart: options.plannedStart ?? T0,
        holders: options.holders ?? HOLDERS,
        channelName: 'migration-test',
        ...(options.realTime !== undefined && { realTime: options.realTime }),
        ...(options.after !== undefined && { after: options.after }),
        ...(options.reason !== undefined && { reason: options.reason }),
      },
      person(options.opener ?? ANA),
    )
    if (!opened.ok) throw new Error(`The test's cutover does not open: ${opened.refusal.message}`)
  }

  get state(): CutoverState {
    if (this.current === null) throw new Error('not open')
    return this.current
  }

  step(id: string): StepState {
    const step = this.state.steps[id]
    if (step === undefined) throw new Error(`no step ${id}`)
    return step
  }

  /** A host that was not asked yet knows the runbook, unless a test says otherwise. */
  decide(command: Command, actor: Actor, revision?: number): Decision {
    if (command.type === 'spawn') this.answerFor(command.attempt)
    const given = { actor, at: this.now, ...(revision !== undefined && { revision }) }
    const decision = decide(this.current, command, given)
    if (decision.ok) decision.events.forEach((event) => this.record(event, actor))
    return decision
  }

  private answerFor(attempt: string): void {
    const pool = this.current?.attempts[attempt]?.pool
    if (pool !== undefined && this.state.pools[pool] === undefined) this.decide(readyPool(pool), worker(pool))
  }

  /** What the log appends: also for events that no command gives at this point. */
  record(event: CutoverEvent, actor: Actor): void {
    const position = this.events.length + 1
    const recorded: Recorded = { ...event, cutover: 'c1', position, at: this.now, actor }
    this.current = evolve(this.current, recorded)
    this.events.push(recorded)
  }

  /** A person's word; `advance` follows, as it does in the app. Throws when it is refused. */
  by(who: string, command: PersonCommand, revision?: number): readonly EventType[] {
    return [...this.said(this.decide(command, person(who), revision), command), ...this.advance()]
  }

  /** The code of the refusal that a person gets. Throws when it is not refused. */
  refused(who: string, command: PersonCommand, revision?: number): string {
    const decision = this.decide(command, person(who), revision)
    if (decision.ok) throw new Error(`“${command.type}” was not refused`)
    return decision.refusal.code
  }

  leader(command: LeaderCommand): readonly EventType[] {
    return this.said(this.decide(command, LEADER), command)
  }

  advance(): readonly EventType[] {
    return this.leader({ type: 'advance' })
  }

  /** Time passes, and the leader looks. */
  wait(ms: number): readonly EventType[] {
    this.now += ms
    return this.advance()
  }

  waitUntil(at: number): readonly EventType[] {
    return this.wait(Math.max(0, at - this.now))
  }

  worker(command: WorkerCommand, actor: Actor = worker()): readonly EventType[] {
    return this.said(this.decide(command, actor), command)
  }

  attempt(step: string): string {
    const live = liveAttempt(this.state, step)
    if (live === undefined) throw new Error(`nothing of ${step} is alive (it is ${this.step(step).status})`)
    return live.id
  }

  /** A worker takes the live attempt of a step up to running. */
  begin(step: string): string {
    const attempt = this.attempt(step)
    this.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
    this.worker({ type: 'spawn', attempt })
    this.worker({ type: 'report running', attempt, host: 'h1' })
    return attempt
  }

  end(step: string, outcome: Outcome = {}): readonly EventType[] {
    const attempt = outcome.attempt ?? this.attempt(step)
    const ended = this.worker({
      type: 'report ended',
      attempt,
      outcome: 'succeeded',
      verdict: 'green',
      summary: 'fine',
      facts: {},
      exit: 0,
      durationMs: 1000,
      host: 'h1',
      digest: 'd'.repeat(64),
      ...outcome,
    })
    return [...ended, ...this.advance()]
  }

  /** The whole life of the live attempt of a step, ending in `outcome`. */
  work(step: string, outcome: Outcome = {}): readonly EventType[] {
    const attempt = this.begin(step)
    return this.end(step, { attempt, ...outcome })
  }

  tick(who: string, step: string): readonly EventType[] {
    return this.by(who, { type: 'tick', step, result: 'done', fields: {} })
  }

  go(who: string, gate: string): readonly EventType[] {
    return this.by(who, { type: 'vote', gate, vote: 'go' })
  }

  noGo(who: string, gate: string): readonly EventType[] {
    return this.by(who, { type: 'vote', gate, vote: 'no-go', reason: 'not tonight' })
  }

  delivered(
    step: string,
    audience = 'ops',
    medium: 'slack' | 'email' | 'report' = 'slack',
  ): readonly EventType[] {
    const since = this.step(step).startedAt ?? 0
    this.leader({
      type: 'report notice',
      step,
      since,
      audience,
      medium,
      to: ['#ops'],
      text: 'Notice',
      rejected: [],
    })
    return this.advance()
  }

  private said(decision: Decision, command: Command): readonly EventType[] {
    if (!decision.ok) throw new Error(`“${command.type}” was refused: ${decision.refusal.message}`)
    return decision.events.map((event) => event.type)
  }
}

/** A cutover whose time has come: opened, and the leader has looked at T-0. */
export function atStart(plan: Plan, options: OpenOptions = {}): Cutover {
  const cutover = new Cutover(plan, options)
  cutover.advance()
  cutover.waitUntil((options.plannedStart ?? T0) + MINUTE)
  return cutover
}

/** Decisions and ends with hashes as the log would have them, made up. */
export const anchorsOf = ({ events }: Cutover): readonly AnchoredEvent[] =>
  events
    .filter(({ type }) => ANCHORED.includes(type))
    .map((event) => ({ event, position: event.position, hash: `${event.position}`.padStart(64, 'a') }))
