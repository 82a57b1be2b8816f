import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spoolOf } from '../../support/known-plans.ts'
import { opening } from '../../support/opened.ts'
import { aPlan } from '../../support/plans.ts'
import type { Chance } from '../support/chance.ts'
import { effectWork } from '../support/effects.ts'
import type { Company, Lane } from './company.ts'
import { killOfAttempt, VICTIMS, type Victim } from './killing.ts'
import { readStories } from './story.ts'

/** One run: an attempt that was under way, or on its way, when somebody was killed. */
export interface Run {
  readonly cutover: string
  /** By the log's clock. */
  readonly killedAt: number
  /** Who was killed of those that this run depends on. */
  readonly killed: readonly Victim[]
}

/** Attempts of one lane at a time; one kill hits them all, or one of them. */
const AT_ONCE = 5
const WORK_MS = [400, 2600] as const
/** From the opening: before it is claimed as well as after it has ended. */
const KILL_MS = [100, 3000] as const
const NOTES = 2
const ROUND_LIMIT_MS = 12_000
const BEAT_SECONDS = 0.2

/** One round of a lane: opens, kills, starts again what was killed, and waits until what is left has come to rest. */
export async function playRound(
  company: Company,
  { lane, name, chance }: { readonly lane: Lane; readonly name: string; readonly chance: Chance },
): Promise<readonly Run[]> {
  const cutovers = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => open(company, lane, `${name}${index}`, chance)),
  )
  const notes = Array.from({ length: NOTES }, async () => {
    const cutover = cutovers[Math.floor(chance.next() * cutovers.length)] ?? ''
    await sleep(chance.between(...KILL_MS))
    await company.deciding.say(cutover)
  })
  await sleep(chance.between(...KILL_MS))
  const runs = await killSomebody(company, { lane, cutovers, chance })
  await Promise.all(notes)
  const deadline = performance.now() + ROUND_LIMIT_MS
  while (performance.now() < deadline && !(await areOver(company, cutovers))) await sleep(200)
  return runs
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
    chance,
  }: { readonly lane: Lane; readonly cutovers: readonly string[]; readonly chance: Chance },
): Promise<readonly Run[]> {
  const victims = chance.oneOf(VICTIMS)
  const unlucky = cutovers[Math.floor(chance.next() * cutovers.length)] ?? ''
  const folder = join(spoolOf(company.installation.folder, lane.pool), 'attempts', `${unlucky}.copy.1`)
  const killedAt = await company.now()
  const gone = victims.includes('worker') ? lane.worker.kill() : null
  const ofAttempt = killOfAttempt(folder, victims)
  const common = victims.filter((victim) => victim === 'leader' || victim === 'worker')
  await Promise.all([
    gone?.then(async () => {
      lane.worker = await company.startWorker(lane.pool)
    }),
    victims.includes('leader') ? company.killLeader() : null,
  ])
  return cutovers.map((cutover) => ({
    cutover,
    killedAt,
    killed: cutover === unlucky ? [...common, ...ofAttempt] : common,
  }))
}
