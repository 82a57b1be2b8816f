import type { Random } from './random.ts'

/** What becomes of one call over a border: to the database, to Slack, to the host. */
export type Fate =
  | 'fine'
  | 'killed before'
  | 'killed after'
  | 'frozen before'
  | 'frozen after'
  | 'lost before'
  | 'lost after'

/** How often each thing goes wrong, as probabilities; of a whole run. */
export interface Rates {
  readonly kill: number
  readonly freeze: number
  readonly lose: number
  readonly slow: number
  readonly queue: number
  readonly host: number
  readonly slack: number
}

const CALM: Rates = { kill: 0, freeze: 0, lose: 0, slow: 0.02, queue: 0, host: 0, slack: 0 }

/** Some runs are calm but for one thing, some have everything at once. */
export function drawRates(random: Random): Rates {
  const wild = random.chance(0.3)
  const rate = (most: number): number =>
    wild || random.chance(0.5) ? (most * random.between(1, 10)) / 10 : 0
  return {
    kill: rate(0.02),
    freeze: rate(0.012),
    lose: rate(0.06),
    slow: rate(0.1),
    queue: rate(0.4),
    host: rate(0.25),
    slack: rate(0.2),
  }
}

/** What went wrong so far, and what goes wrong next. Nothing does after `end`. */
export class Faults {
  injected = 0
  readonly #random: Random
  #rates: Rates

  constructor(random: Random, rates: Rates) {
    this.#random = random
    this.#rates = rates
  }

  get rates(): Rates {
    return this.#rates
  }

  end(): void {
    this.#rates = CALM
  }

  /** Of one call. */
  fate(): Fate {
    const { kill, freeze, lose } = this.#rates
    const all = kill + freeze + lose
    if (all === 0 || !this.#random.chance(all)) return 'fine'
    this.injected += 1
    const which = this.#random.upTo(10_000) / 10_000
    const isBefore = this.#random.chance(0.5)
    if (which < kill / all) return isBefore ? 'killed before' : 'killed after'
    if (which < (kill + freeze) / all) return isBefore ? 'frozen before' : 'frozen after'
    return isBefore ? 'lost before' : 'lost after'
  }

  /** True when a thing of this kind goes wrong now. */
  strikes(kind: 'queue' | 'host' | 'slack', weight = 1): boolean {
    const rate = this.#rates[kind] * weight
    if (rate === 0 || !this.#random.chance(rate)) return false
    this.injected += 1
    return true
  }

  /** True now and then: something else happens between two questions of one caller. */
  strikesBetween(): boolean {
    return this.#random.chance(0.2)
  }

  /** One way over a border, in milliseconds: mostly quick, now and then not. */
  latency(): number {
    if (this.#random.chance(this.#rates.slow)) return this.#random.between(100, 4000)
    return this.#random.between(1, 12)
  }

  /** For how long a process stands still. */
  pause(): number {
    return this.#random.chance(0.3) ? this.#random.between(20_000, 90_000) : this.#random.between(500, 20_000)
  }
}
