import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import type { Logger } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { makePresence } from '../../postgres/presence.ts'
import { makeProgressBoard } from '../../postgres/progress.ts'
import { repeatedly } from '../repeatedly.ts'
import type { LocalDatabase } from './database.ts'
import { endAttempts, killAttempts, letGo } from './end-attempts.ts'
import type { Ending, Endings } from './endings.ts'
import type { LocalFolder } from './folder.ts'
import { endText, keepRunning, type End, type KeptProcess } from './keep-running.ts'
import type { Narrator } from './narrator.ts'
import { makeLogTeller } from './tell-log.ts'

/** `serve` and a worker for each pool, as processes of their own that are started again when they die. */
export interface LocalInstallation {
  /** Where the command line finds `serve`. */
  readonly url: string
  readonly processes: readonly KeptProcess[]
  /** Connections to the log. */
  readonly log: Pool
  /** Fulfilled when everything that the log says by now has been told. */
  tell(): Promise<void>
}

const READY_WITHIN_MS = 60_000
const TELL_EVERY_MS = 200
const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

interface Wanted {
  readonly folder: LocalFolder
  readonly log: LocalDatabase
  readonly pools: readonly string[]
  /** Where `serve` listens: `127.0.0.1:7420`. */
  readonly listen: string
  readonly settings: {
    readonly common: Readonly<Record<string, string>>
    readonly serve: Readonly<Record<string, string>>
    readonly worker: Readonly<Record<string, string>>
  }
  readonly serveWords?: readonly string[]
  /** Where the workers work: relative paths of the runbook begin there. */
  readonly cwd: string
  readonly endings: Endings
  readonly narrator: Narrator
  /** How the narrator names people. */
  readonly nameOf: (person: PersonId) => string
}

/** Fulfilled when `serve` answers and every pool has its worker. Throws when one of them cannot start. */
export async function startInstallation(options: Wanted): Promise<LocalInstallation> {
  const { folder, listen, settings, endings, pools, narrator } = options
  const log = new Pool({ connectionString: options.log.url, application_name: 'cutover:local', max: 4 })
  log.on('error', () => undefined)
  endings.add({ end: () => log.end() })
  const teller = makeLogTeller({
    log: makeEventLog(log),
    progress: makeProgressBoard(log),
    narrator,
    nameOf: options.nameOf,
  })

  let failed: End | undefined
  const run = (
    name: string,
    words: readonly string[],
    more: Readonly<Record<string, string>>,
  ): KeptProcess => {
    const process_ = keepRunning({
      name,
      words,
      cwd: options.cwd,
      environment: { ...settings.common, ...more },
      logFile: join(folder.logs, `${name.replaceAll(' ', '-')}.log`),
      onEnd(end) {
        failed = end
        narrator.say('cutover', endText(end))
      },
    })
    endings.add({ end: () => process_.stop(), kill: () => process_.kill() })
    return process_
  }

  const hindrance = (): string | undefined => {
    if (endings.isEnding()) return 'It was ended before it was ready.'
    return failed && `${failed.name} ended before it was ready, by ${failed.how}`
  }

  const serve = run('serve', ['serve', ...(options.serveWords ?? [])], {
    ...settings.serve,
    CUTOVER_LISTEN: listen,
  })
  const url = `http://${listen}`
  // Workers look for the schema of the log, which `serve` brings up to date.
  const waiting = { hindrance, logs: folder.logs }
  await until(() => answers(`${url}/readyz`), waiting)
  const telling = repeatedly(TELL_EVERY_MS, () => teller.look(), SILENT)
  endings.add({ end: () => telling.stop() })
  endings.add({ end: () => teller.look() })
  for (const pool of pools) await letGo(join(folder.spools, pool))
  const workers = pools.map((pool) => {
    const spool = join(folder.spools, pool)
    endings.add({ end: () => letGo(spool) })
    const worker = run(`worker ${pool}`, ['worker', '--pool', pool], {
      ...settings.worker,
      CUTOVER_SPOOL: spool,
    })
    endings.add(attemptsEnding(spool))
    return worker
  })
  await until(async () => (await makePresence(log).pools()).length >= pools.length, waiting)
  return { url, log, processes: [serve, ...workers], tell: () => teller.look() }
}

/** What runs is cancelled before its worker ends, so that the log still hears how it came out. */
function attemptsEnding(spool: string): Ending {
  return {
    end: () => endAttempts(spool),
    kill: () => killAttempts(spool),
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

interface Waiting {
  readonly hindrance: () => string | undefined
  readonly logs: string
}

async function until(isSo: () => Promise<boolean>, { hindrance, logs }: Waiting): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (!(await isSo())) {
    const why = hindrance()
    if (why !== undefined) throw new Error(why)
    if (performance.now() > deadline)
      throw new Error(`It was not ready within ${READY_WITHIN_MS / 1000} s; the logs are in ${logs}.`)
    await sleep(100)
  }
}
