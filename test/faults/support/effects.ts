import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import type { RunStep } from '../../../src/domain/plan.ts'
import type { PlanBuilder } from '../../support/plans.ts'

const PROGRAM = fileURLToPath(new URL('../../fixtures/effect.mjs', import.meta.url))

/** A trace that a piece of work left in the target, in the order in which the target saw them. */
export interface Effect {
  /** `<cutover>.<step>` */
  readonly step: string
  readonly attempt: string
  readonly pid: number
  /** `overlap`: it found another one of the same step at work. */
  readonly what: 'start' | 'overlap' | 'beat' | 'end'
  /** Milliseconds by the target's clock. */
  readonly at: number
}

/** Makes the table of effects in the target. */
export async function createEffects(url: string): Promise<void> {
  await asking(url, (client) =>
    client.query(`create table effects (
      id bigint generated always as identity primary key,
      step text not null, attempt text not null, pid int not null,
      what text not null check (what in ('start', 'overlap', 'beat', 'end')),
      at timestamptz not null default clock_timestamp())`),
  )
}

export async function readEffects(url: string): Promise<readonly Effect[]> {
  const { rows } = await asking(url, (client) =>
    client.query<Effect>(
      'select step, attempt, pid, what, extract(epoch from at)::float8 * 1000 as at from effects order by id',
    ),
  )
  return rows
}

/** A new connection each time: a standing one would not survive what these tests do to servers. */
async function asking<T>(url: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await ask(client)
  } finally {
    await client.end()
  }
}

/**
 * The argv of a program that works on the target for so many seconds, or until a file of that name is there. Its
 * environment must name the target.
 */
export const effectArgv = (how: number | string): readonly string[] => [process.execPath, PROGRAM, `${how}`]

/** A `run` that begins by itself and works on the target `main` for so long: see {@link effectArgv}. */
export function effect(how: number | string, extra: RunExtra = {}): RunExtra {
  return { begin: 'auto', work: effectWork(effectArgv(how)), ...extra }
}

type RunExtra = NonNullable<Parameters<PlanBuilder['run']>[1]>

/** A command with the target `main` in its environment. */
export const effectWork = (argv: readonly string[]): RunStep['work'] => ({
  uses: 'command',
  with: { argv, env: { target: { $: 'target', name: 'main' } } },
})

/** What each process that worked for a step left, without its beats: `['start end']` when one did it all. */
export function runsOf(effects: readonly Effect[], step: string): readonly string[] {
  const own = effects.filter((effect) => effect.step === step)
  return [...new Set(own.map(({ pid, attempt }) => `${attempt}/${pid}`))].map((run) => {
    const words = own.filter(({ pid, attempt }) => `${attempt}/${pid}` === run).map(({ what }) => what)
    return [...new Set(words.filter((what) => what !== 'beat'))].join(' ')
  })
}
