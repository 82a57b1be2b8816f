import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { LogUnavailable } from '../../app/log-errors.ts'
import { ConfigError, databaseConnection, type Config } from '../config.ts'
import { systemWords } from '../system-words.ts'
import { VERSION } from '../version.ts'
import { readBindings, type Bindings } from '../worker/bindings.ts'
import { clocks } from './clocks.ts'
import { error, WITHOUT_LOG, type Finding, type Section } from './finding.ts'
import { host } from './host.ts'
import { log } from './log.ts'
import { notices } from './notices.ts'
import { people } from './people.ts'
import type { Look, Place } from './place.ts'
import { processes } from './processes.ts'
import { queue } from './queue.ts'
import { readRunbooks, runbooks } from './runbooks.ts'
import { slack } from './slack.ts'
import { spool } from './spool.ts'
import { targets } from './targets.ts'
import { tools } from './tools.ts'

const WITHIN_MS = 30_000
const CONNECT_WITHIN_MS = 5_000

const EVERYWHERE: readonly Look[] = [host, log, clocks, queue]
const BOT: readonly Look[] = [slack, notices]
const WORKER: readonly Look[] = [targets, tools, spool]
const TOGETHER: readonly Look[] = [processes, people]

export interface DoctorAsked {
  readonly config: Config
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Instead of CUTOVER_POOL. */
  readonly pool?: string
  readonly cwd: string
  /** For tests: another clock, another process table. */
  readonly now?: () => number
  readonly proc?: string
}

export interface Report {
  readonly version: string
  readonly isBotHost: boolean
  readonly pool: string | null
  readonly sections: readonly Section[]
}

/** Looks at everything that these settings are for, all at once. Changes nothing. */
export async function doctor(asked: DoctorAsked): Promise<Report> {
  const { config, environment, cwd, now = Date.now, proc = '/proc' } = asked
  const pool = asked.pool ?? config.CUTOVER_POOL
  const isBotHost = config.CUTOVER_SLACK_BOT_TOKEN !== undefined
  const connection = logPool(config)
  const place: Place = {
    config,
    environment,
    isBotHost,
    ...(pool === undefined ? {} : { pool }),
    cwd,
    log: connection,
    bindings: pool === undefined ? null : bindingsOf(config),
    runbooks: readRunbooks(config.CUTOVER_RUNBOOKS, now()),
    version: VERSION,
    now,
    proc,
  }
  try {
    const looks = [
      ...EVERYWHERE,
      ...(isBotHost ? BOT : []),
      runbooks,
      ...(pool === undefined ? [] : WORKER),
      ...TOGETHER,
    ]
    const sections = await Promise.all(looks.map((look) => lookInTime(look, place)))
    return { version: VERSION, isBotHost, pool: pool ?? null, sections }
  } finally {
    await connection?.end()
  }
}

function logPool(config: Config): Pool | null {
  try {
    const pool = new Pool({
      ...databaseConnection(config),
      max: 4,
      application_name: 'cutover:doctor',
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      statement_timeout: CONNECT_WITHIN_MS,
    })
    pool.on('error', () => undefined)
    return pool
  } catch (caught) {
    if (caught instanceof ConfigError) return null
    throw caught
  }
}

function bindingsOf(config: Config): Bindings | null {
  try {
    return readBindings(config.CUTOVER_BINDINGS)
  } catch (caught) {
    if (caught instanceof ConfigError) return null
    throw caught
  }
}

/** One section that hangs or stumbles does not keep the others from being read. */
async function lookInTime({ title, look }: Look, place: Place): Promise<Section> {
  const ends = new AbortController()
  const late = sleep(WITHIN_MS, LATE, { signal: ends.signal }).catch(() => LATE)
  const findings = await Promise.race([look(place).catch(stumbled), late])
  ends.abort()
  return { title, findings }
}

const LATE: readonly Finding[] = [
  error(
    'This could not be looked at within 30 s.',
    'Something it asks does not answer; the other sections may say what.',
  ),
]

function stumbled(caught: unknown): readonly Finding[] {
  if (caught instanceof LogUnavailable) return [WITHOUT_LOG]
  if (caught instanceof ConfigError) return [error(caught.message, 'docs/configuration.md.')]
  const code = caught instanceof Error && 'code' in caught ? String(caught.code) : ''
  if (code === '42P01' || code === '3F000' || code === '42501')
    return [error('The log lets this login see nothing of it.', 'See “Log”.')]
  return [
    error(
      systemWords(caught) ?? 'This could not be looked at.',
      'With CUTOVER_LOG_LEVEL=debug `serve` and `worker` say more.',
    ),
  ]
}
