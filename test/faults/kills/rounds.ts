import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spoolOf } from '../../support/known-plans.ts'
import { opening } from '../../support/opened.ts'
import { aPlan } from '../../support/plans.ts'
import type { Chance } from '../support/chance.ts'
import { effectWork } from '../support/effects.ts'
import type { Company, Lane } from './company.ts'
import { killOfAttempt, VICTIMS, type Victim } from './killing.ts'
import { readStories, type StoryEvent } from './story.ts'

/** One run: an attempt that was under way, or on its way, when somebody was killed. */
export interface Run {
  readonly cutover: string
  /** By the log's clock. */
  readonly killedAt: number
  /** Who was killed of those that this run depends on. */
  readonly killed: readonly Victim[]
}

/** Attempts of one lane at a time; one kill hits them all, or one of them. */
const AT_ONCE = 8
const WORK_MS = [1000, 4000] as const
/** How far one of the attempts is when somebody is killed, and how long after that, milliseconds. */
const MOMENTS = [
  [2, { event: 'attempt dispatched', ms: 300 }],
  [2, { event: 'attempt claimed', ms: 300 }],
  [3, { event: 'attempt spawning', ms: 300 }],
  [9, { event: 'attempt running', ms: 1500 }],
] as const satisfies readonly (readonly [number, { event: StoryEvent; ms: number }])[]
const NOTES = 2
const NOTE_MS = 3000
const MOMENT_LIMIT_MS = 40_000
const ROUND_LIMIT_MS = 20_000
const BEAT_SECONDS = 0.2

interface Round {
  readonly lane: Lane
  readonly chance: Chance
}

/** One round of a lane: opens, kills, starts again what was killed, and waits until what is left has come to rest. */
export async function playRound(
  company: Company,
  { lane, name, chance }: Round & { readonly name: string },
): Promise<readonly Run[]> {
  const cutovers = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => open(company, lane, `${name}${index}`, chance)),
  )
  const notes = Array.from({ length: NOTES }, async () => {
    const cutover = cutovers[Math.floor(chance.next() * cutovers.length)] ?? ''
    await sleep(chance.between(0, NOTE_MS))
    await company.deciding.say(cutover)
  })
  const unlucky = cutovers[Math.floor(chance.next() * cutovers.length)] ?? ''
  await momentOf(company, unlucky, chance)
  const runs = await killSomebody(company, { lane, cutovers, unlucky, chance })
  await Promise.all(notes)
  const deadline = performance.now() + ROUND_LIMIT_MS
  while (performance.now() < deadline && !(await areOver(company, cutovers))) await sleep(200)
  return runs
}

/** Waits until that one is somewhere between its dispatch and its end. */
async function momentOf(company: Company, cutover: string, chance: Chance): Promise<void> {
  const { event, ms } = chance.oneOf<{ readonly event: StoryEvent; readonly ms: number }>(MOMENTS)
  const deadline = performance.now() + MOMENT_LIMIT_MS
  const hasCome = async () =>
    (await readStories(company.installation.pool, [cutover])).some(({ at }) => at[event] !== undefined)
  while (performance.now() < deadline && !(await hasCome())) await sleep(30)
  await sleep(chance.between(0, ms))
}

export async function areOver(company: Company, cutovers: readonly string[]): Promise<boolean> {
  return (await readStories(company.installation.pool, cutovers)).every(({ isOver }) => isOver)
}

async function open(company: Company, { pool }: Lane, id: string, chance: Chance): Promise<string> {
  const { log } = company.installation
  const plan = aPlan()
    .with({
      pool,
      live: false,
      environment: 'staging',
      targets: { main: { name: 'main', kind: 'postgres', locator: company.target } },
    })
    .run('copy', { begin: 'auto', work: effectWork(psqlEffect(chance.between(...WORK_MS))) })
  return opening(log, plan.build(), id)
}

/** The traces of `effect.mjs` by one psql, which costs next to nothing: hundreds are started. */
function psqlEffect(ms: number): readonly string[] {
  const attempt = `substr(current_setting('application_name'), 9)`
  const step = `regexp_replace(${attempt}, '\\.[0-9]+$', '')`
  const note = (what: string, where = '') =>
    `insert into effects (step, attempt, pid, what) select ${step}, ${attempt}, pg_backend_pid(), '${what}' ${where}`
  const beats = Array.from({ length: Math.max(1, Math.round(ms / 1000 / BEAT_SECONDS)) }, () => [
    `select from pg_sleep(${BEAT_SECONDS})`,
    note('beat'),
  ]).flat()
  const words = [
    note('overlap', `where not pg_try_advisory_lock(hashtext(${step}))`),
    note('start'),
    ...beats,
    note('end'),
  ]
  return ['psql', '-Xqt', '-v', 'ON_ERROR_STOP=1', ...words.flatMap((sql) => ['-c', sql])]
}

async function killSomebody(
  company: Company,
  {
    lane,
    cutovers,
    unlucky,
    chance,
  }: Round & { readonly cutovers: readonly string[]; readonly unlucky: string },
): Promise<readonly Run[]> {
  const victims = chance.oneOf(VICTIMS)
  const folder = join(spoolOf(company.installation.folder, lane.pool), 'attempts', `${unlucky}.copy.1`)
  const killedAt = await company.now()
  const gone = victims.includes('worker') ? company.killWorker(lane) : null
  const ofAttempt = killOfAttempt(folder, victims)
  const common = victims.filter((victim) => victim === 'leader' || victim === 'worker')
  await Promise.all([gone, victims.includes('leader') ? company.killLeader() : null])
  return cutovers.map((cutover) => ({
    cutover,
    killedAt,
    killed: cutover === unlucky ? [...common, ...ofAttempt] : common,
  }))
}
