import type { Recorded } from '../../src/domain/events.ts'
import { isLive } from '../../src/domain/lookup.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { Violation } from './border.ts'
import type { Committed } from './database.ts'
import type { Result } from './host.ts'

/** What is known of an attempt from the log alone. */
interface Known {
  readonly step: string
  readonly by: Recorded['actor']
  spawned: boolean
  /** `refused` proves that nothing was started; `declared`: people said that it is over. */
  end: 'none' | 'revoked' | 'refused' | 'ended' | 'declared'
  cancelAsked: boolean
  /** Nobody can say how it stands. */
  isUnknown: boolean
  /** Somebody said stop after it was dispatched. */
  stopped: string | null
}

const broken = (promise: string, what: string): Violation => new Violation(`${promise}: ${what}`)

/** Events that mean: what was not spawned by now never will be. */
const STOPS: readonly Recorded['type'][] = [
  'cutover held',
  'cutover postponed',
  'cutover abandoned',
  'rollback started',
]

/**
 * Watches the log and the host, each for itself, and throws at the first thing that must not be. It keeps books of its
 * own from events and programs, and asks neither `decide` nor `evolve` whether something is all right.
 */
export class Oracle {
  readonly #attempts = new Map<string, Known>()
  readonly #starts = new Map<string, number>()
  readonly #alive = new Map<string, Set<string>>()
  readonly #votes = new Map<string, Map<string, { readonly alone: boolean }>>()
  readonly #acknowledged = new Set<string>()
  readonly #resultOf: (attempt: string) => Result | null
  programs = 0

  constructor(resultOf: (attempt: string) => Result | null) {
    this.#resultOf = resultOf
  }

  committed({ events, before, state }: Committed): void {
    for (const event of events) this.#sees(event, before)
    this.#oneLivePerStep(state)
  }

  #sees(event: Recorded, before: CutoverState | null): void {
    if (STOPS.includes(event.type)) this.#stop(event.type, before)
    switch (event.type) {
      case 'attempt dispatched':
        return this.#dispatched(event, before)
      case 'attempt spawning':
        return this.#spawning(event.data.attempt, before)
      case 'attempt revoked':
        this.#known(event.data.attempt).end = 'revoked'
        return
      case 'attempt refused':
        return this.#refused(event.data.attempt)
      case 'cancel requested':
        this.#known(event.data.attempt).cancelAsked = true
        this.#known(event.data.attempt).stopped ??= 'cancel'
        return
      case 'attempt ended':
        return this.#ended(event)
      case 'attempt unknown':
      case 'attempt unobserved':
        this.#known(event.data.attempt).isUnknown = true
        return
      case 'attempt observed':
      case 'attempt adopted':
        this.#known(event.data.attempt).isUnknown = false
        return
      case 'step marked':
        return this.#marked(event, before)
      default:
        return this.#atGates(event, before)
    }
  }

  #known(attempt: string): Known {
    const known = this.#attempts.get(attempt)
    if (known === undefined) throw broken('1', `nobody dispatched ${attempt}`)
    return known
  }

  #stop(what: string, before: CutoverState | null): void {
    for (const known of this.#attempts.values()) {
      const isLook = before?.plan.steps[known.step]?.kind === 'check'
      // While a cutover is held people still look.
      if (!known.spawned && !(isLook && what === 'cutover held')) known.stopped ??= what
    }
  }

  #dispatched(event: Extract<Recorded, { type: 'attempt dispatched' }>, before: CutoverState | null): void {
    const { attempt, step } = event.data
    const definition = before?.plan.steps[step]
    const mayRepeat = definition?.kind !== 'run' || definition.idempotent
    const earlier = [...this.#attempts.entries()].filter(([, one]) => one.step === step)
    const ran = earlier.findLast(([, one]) => one.spawned && one.end !== 'refused')
    // Somebody asked for another try, and it was taken back before its spawn: it is still asked for.
    const isAsked =
      ran !== undefined && earlier.slice(earlier.indexOf(ran) + 1).some(([, { by }]) => by.kind !== 'cutover')
    if (!mayRepeat && event.actor.kind === 'cutover' && ran !== undefined && !isAsked)
      throw broken('4', `${step} is begun again by itself (${attempt}) after ${ran[0]} had been spawned`)
    this.#attempts.set(attempt, {
      step,
      by: event.actor,
      spawned: false,
      end: 'none',
      cancelAsked: false,
      isUnknown: false,
      stopped: null,
    })
  }

  #spawning(attempt: string, before: CutoverState | null): void {
    const known = this.#known(attempt)
    if (known.spawned) throw broken('1', `${attempt} is authorised twice`)
    if (known.end !== 'none') throw broken('1', `${attempt} is authorised although it is ${known.end}`)
    if (known.stopped !== null) throw broken('3', `${attempt} is authorised after: ${known.stopped}`)
    const isLook = before?.plan.steps[known.step]?.kind === 'check'
    if (before?.held !== undefined && !isLook) throw broken('3', `${attempt} is authorised while held`)
    known.spawned = true
  }

  /** What nobody knows is declared by two people; in a rehearsal one may have to do. */
  #marked(event: Extract<Recorded, { type: 'step marked' }>, before: CutoverState | null): void {
    const { attempt, step, second } = event.data
    if (attempt === undefined) return
    const known = this.#known(attempt)
    const isRun = before?.plan.steps[step]?.kind === 'run'
    const first = event.actor.kind === 'person' ? event.actor.person : undefined
    if (known.isUnknown && isRun && before.plan.live && (second === undefined || second === first))
      throw broken('1', `${attempt} was declared over by ${first ?? event.actor.kind} alone`)
    known.end = 'declared'
  }

  #refused(attempt: string): void {
    if ((this.#starts.get(attempt) ?? 0) > 0)
      throw broken('4', `${attempt} is refused as never started, and it was started`)
    this.#known(attempt).end = 'refused'
  }

  #ended(event: Extract<Recorded, { type: 'attempt ended' }>): void {
    const { attempt, outcome, verdict } = event.data
    const result = this.#resultOf(attempt)
    if (result === null) throw broken('4', `${attempt} is recorded as ${outcome}, and there is no result`)
    const isTrue =
      outcome === 'succeeded' ? result.code === 0 && !result.cancelled : result.code !== 0 || result.cancelled
    if (!isTrue) throw broken('4', `${attempt} is recorded as ${outcome}, and its exit is ${result.code}`)
    if (verdict !== undefined && verdict !== result.verdict)
      throw broken('4', `${attempt} is recorded as ${verdict}, and it found ${result.verdict}`)
    const known = this.#known(attempt)
    known.isUnknown = false
    if (known.end === 'none') known.end = 'ended'
  }

  #atGates(event: Recorded, before: CutoverState | null): void {
    switch (event.type) {
      case 'gate opened':
        this.#votes.set(event.data.gate, new Map())
        return
      case 'vote cast':
        return this.#voted(event)
      case 'votes went stale': {
        const { gate, person } = event.data
        if (person === undefined) this.#votes.set(gate, new Map())
        else this.#votes.get(gate)?.delete(person)
        return
      }
      case 'gate decided':
        if (event.data.decision === 'go') this.#go(event.data.gate, before)
    }
  }

  #voted(event: Extract<Recorded, { type: 'vote cast' }>): void {
    const { gate, vote, alone = false } = event.data
    const votes = this.#votes.get(gate)
    if (votes === undefined) throw broken('7', `a vote on ${gate}, which was never opened`)
    if (vote !== 'go') return
    const person = event.actor.kind === 'person' ? event.actor.person : event.actor.kind
    if (votes.has(person)) throw broken('7', `${person} said GO on ${gate} twice in one round`)
    votes.set(person, { alone })
  }

  /** Every seat is taken by somebody of the role, everybody sits once, and one of them is not the opener. */
  #go(gate: string, before: CutoverState | null): void {
    const votes = this.#votes.get(gate) ?? new Map<string, { alone: boolean }>()
    const step = before?.plan.steps[gate]
    if (before === null || step?.kind !== 'decide') throw broken('7', `${gate} is no gate`)
    if (!before.plan.live && [...votes.values()].some(({ alone }) => alone)) return
    const people = new Set(votes.keys())
    if (before.plan.live && ![...people].some((one) => one !== before.opener))
      throw broken('7', `GO on ${gate} was carried by the opener alone`)
    const seated = new Set<string>()
    for (const role of Object.keys(step.approvers)) {
      const holder = before.holders[role]?.person
      if (holder === undefined || !people.has(holder) || seated.has(holder))
        throw broken('7', `GO on ${gate} was carried without ${role}`)
      seated.add(holder)
    }
  }

  #oneLivePerStep(state: CutoverState): void {
    const live = new Set<string>()
    for (const attempt of Object.values(state.attempts)) {
      if (!isLive(attempt)) continue
      if (live.has(attempt.step)) throw broken('1', `two attempts of ${attempt.step} are alive in the log`)
      live.add(attempt.step)
    }
  }

  /** A program was really started: here nothing is asked of the log but whether it allowed it. */
  started(attempt: string, step: string): void {
    this.programs += 1
    const starts = (this.#starts.get(attempt) ?? 0) + 1
    this.#starts.set(attempt, starts)
    if (starts > 1) throw broken('1', `${attempt} was started ${starts} times`)
    const known = this.#attempts.get(attempt)
    if (known?.spawned !== true) throw broken('3', `${attempt} was started and never authorised`)
    const alive = this.#alive.get(step) ?? new Set()
    this.#alive.set(step, alive)
    const beside = [...alive].find((other) => this.#attempts.get(other)?.end !== 'declared')
    if (beside !== undefined) throw broken('1', `${attempt} was started while ${beside} is alive`)
    alive.add(attempt)
  }

  gone(attempt: string, step: string): void {
    this.#alive.get(step)?.delete(attempt)
  }

  signalled(attempt: string): void {
    if (this.#attempts.get(attempt)?.cancelAsked !== true)
      throw broken('5', `${attempt} was told to stop, and nobody had asked for it`)
  }

  /** Somebody was told that their word counts. */
  acknowledged(key: string): void {
    this.#acknowledged.add(key)
  }

  /** At the end: every word that was acknowledged stands in the log. */
  allStand(keys: ReadonlyMap<string, string>): void {
    for (const key of this.#acknowledged)
      if (!keys.has(key)) throw broken('2', `“${key}” was acknowledged and is not in the log`)
  }
}
