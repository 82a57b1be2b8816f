import type { Pool } from 'pg'
import type { CutoverLog } from '../../../src/app/ports.ts'
import type { Recorded } from '../../../src/domain/events.ts'
import { verifyCutover } from '../../../src/postgres/verify.ts'
import type { Effect } from './effects.ts'

/** What is left to look at when a fault is over. */
export interface Witnesses {
  readonly log: CutoverLog
  readonly pool: Pool
  readonly cutovers: readonly string[]
  /** Everything that somebody was told to be recorded. */
  readonly acknowledged: readonly Pick<Recorded, 'cutover' | 'position' | 'type' | 'data'>[]
  readonly effects: () => Promise<readonly Effect[]>
  /** Everything that follows by itself, once: leader and supervisor. */
  readonly reconcile: () => Promise<void>
}

/**
 * The promises that hold whatever happened, by the letters of the suite: A an attempt starts at most once, B two
 * processes of one step are never alive together, C what was acknowledged is in the log, D the chain is whole, E
 * reconciling again changes nothing. Gives what was broken, in words.
 */
export async function brokenPromises(witnesses: Witnesses): Promise<readonly string[]> {
  const { log, cutovers } = witnesses
  const effects = await witnesses.effects()
  const broken = [...startedTwice(effects), ...aliveTogether(effects)]
  for (const cutover of cutovers) {
    const events = await log.events(cutover)
    broken.push(
      ...authorisedTwice(events),
      ...startedUnasked(events, effects),
      ...lost(events, witnesses),
      ...(await brokenChain(witnesses, cutover)),
    )
  }
  return [...broken, ...(await restless(witnesses))]
}

function startedTwice(effects: readonly Effect[]): readonly string[] {
  return repeated(effects.filter(({ what }) => what === 'start').map(({ attempt }) => attempt)).map(
    (attempt) => `A: ${attempt} started more than once`,
  )
}

function authorisedTwice(events: readonly Recorded[]): readonly string[] {
  const spawned = events.flatMap((event) => (event.type === 'attempt spawning' ? [event.data.attempt] : []))
  return repeated(spawned).map((attempt) => `A: the spawn of ${attempt} was authorised more than once`)
}

function startedUnasked(events: readonly Recorded[], effects: readonly Effect[]): readonly string[] {
  const [first] = events
  const spawned = new Set(
    events.flatMap((event) => (event.type === 'attempt spawning' ? [event.data.attempt] : [])),
  )
  const own = effects.filter(
    ({ attempt, what }) => what === 'start' && attempt.startsWith(`${first?.cutover}.`),
  )
  return own
    .filter(({ attempt }) => !spawned.has(attempt))
    .map(({ attempt }) => `A: ${attempt} worked on the target without leave`)
}

/** By the target's own words: its lock for the step was taken, or the traces of two processes are interleaved. */
function aliveTogether(effects: readonly Effect[]): readonly string[] {
  const overlaps = effects
    .filter(({ what }) => what === 'overlap')
    .map(({ attempt }) => `B: ${attempt} found another one of its step at work`)
  const last = new Map<string, { run: string; over: Set<string> }>()
  const interleaved: string[] = []
  for (const { step, attempt, pid } of effects) {
    const run = `${attempt}/${pid}`
    const seen = last.get(step) ?? { run, over: new Set<string>() }
    if (seen.run !== run) seen.over.add(seen.run)
    if (seen.over.has(run)) interleaved.push(`B: ${run} went on after another one of its step had begun`)
    last.set(step, { run, over: seen.over })
  }
  return [...overlaps, ...new Set(interleaved)]
}

function lost(events: readonly Recorded[], { acknowledged }: Witnesses): readonly string[] {
  const [first] = events
  return acknowledged
    .filter(({ cutover }) => cutover === first?.cutover)
    .filter(({ position, type, data }) => {
      const there = events[position - 1]
      return there?.type !== type || JSON.stringify(there.data) !== JSON.stringify(data)
    })
    .map(
      ({ cutover, position, type }) =>
        `C: "${type}" at ${position} of ${cutover} was acknowledged and is gone`,
    )
}

async function brokenChain({ pool }: Witnesses, cutover: string): Promise<readonly string[]> {
  const verified = await verifyCutover(pool, cutover)
  if (verified === null) return [`D: the log knows nothing of ${cutover}`]
  return verified.findings.map(({ message }) => `D: ${cutover}: ${message}`)
}

async function restless({ log, cutovers, effects, reconcile }: Witnesses): Promise<readonly string[]> {
  const look = async () => {
    await reconcile()
    const records = await Promise.all(cutovers.map((cutover) => log.events(cutover)))
    return { records, effects: (await effects()).length }
  }
  const first = await look()
  const again = await look()
  const added = again.records.flatMap((events, index) => {
    const more = events.slice(first.records[index]?.length ?? 0).map(({ type }) => type)
    return more.length === 0 ? [] : [`E: reconciling again added to ${cutovers[index]}: ${more.join(', ')}`]
  })
  const worked = again.effects - first.effects
  return worked === 0 ? added : [...added, `E: reconciling again left ${worked} more traces in the target`]
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
