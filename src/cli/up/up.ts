import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EmbeddedPostgresError } from '../../postgres/embedded.ts'
import { ConfigError, readConfig, type Config } from '../config.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { startDatabase } from '../local/database.ts'
import { endEverything, makeEndings, type Endings } from '../local/endings.ts'
import { commonSettings, harmless } from '../local/environment.ts'
import { openFolder, type LocalFolder } from '../local/folder.ts'
import { startInstallation } from '../local/installation.ts'
import { listenForInterruption } from '../local/interruption.ts'
import { makeNarrator, type Narrator } from '../local/narrator.ts'
import { poolsOf } from '../local/pools.ts'

type Environment = Readonly<Record<string, string | undefined>>

const INTERRUPTED = 130

/**
 * Cutover with somebody's own Slack and runbooks on one machine: a log of its own that is kept in `data`, `serve`, and
 * a worker for each pool. It opens rehearsals only. Stays until it is interrupted; gives the exit code.
 */
export async function runUp(
  data: string,
  environment: Environment,
  out: { write(text: string): unknown; readonly isTTY?: boolean },
): Promise<number> {
  const config = readConfig(environment)
  refuseUnfit(config)
  const narrator = makeNarrator(out)
  const endings = makeEndings()
  const interruption = listenForInterruption(() => {
    endings.killAll()
    process.exit(INTERRUPTED)
  })
  let starting = Promise.resolve()
  try {
    const folder = await openFolder(resolve(data))
    starting = start({ config, environment, folder, endings, narrator })
    await Promise.race([starting.then(() => interruption.asked), interruption.asked])
    narrator.say('up', 'ends: cancels what runs, then stops everything (Ctrl-C again: at once)')
    return EXIT.done
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const hint = error instanceof EmbeddedPostgresError ? ` ${error.hint}` : ''
    throw new CommandEnd(
      `${error instanceof Error ? error.message : String(error)}${hint}`,
      EXIT.endedOtherwise,
    )
  } finally {
    await endEverything(endings, starting)
    interruption.forget()
  }
}

function refuseUnfit(config: Config): void {
  if (config.CUTOVER_DATABASE_URL !== undefined) {
    throw new ConfigError(
      'CUTOVER_DATABASE_URL is set, and `cutover up` brings a log of its own. Unset it, or run `cutover serve` and ' +
        '`cutover worker`, which use it. Nothing was started.',
    )
  }
  if (config.CUTOVER_SLACK_BOT_TOKEN === undefined) {
    throw new ConfigError(
      'CUTOVER_SLACK_BOT_TOKEN is not set. `cutover demo` needs no Slack; docs/slack.md says how to make the app. ' +
        'Nothing was started.',
    )
  }
  if (!existsSync(config.CUTOVER_RUNBOOKS)) {
    throw new ConfigError(
      `There is no folder ${resolve(config.CUTOVER_RUNBOOKS)}. Name the folder of your runbooks in CUTOVER_RUNBOOKS. ` +
        'Nothing was started.',
    )
  }
}

interface Starting {
  readonly config: Config
  readonly environment: Environment
  readonly folder: LocalFolder
  readonly endings: Endings
  readonly narrator: Narrator
}

async function start({ config, environment, folder, endings, narrator }: Starting): Promise<void> {
  const runbooks = resolve(config.CUTOVER_RUNBOOKS)
  const pools = poolsOf(runbooks)
  if (pools.length === 0) {
    throw new ConfigError(
      `No runbook in ${runbooks} is without errors; \`cutover validate ${runbooks}/*.yaml\` names them. Nothing was started.`,
    )
  }
  const log = await startDatabase(folder, { name: 'cutover_log' })
  endings.add({ end: () => log.server.stop(), kill: () => process.kill(log.server.pid, 'SIGQUIT') })
  const installation = await startInstallation({
    folder,
    log,
    pools,
    listen: config.CUTOVER_LISTEN,
    settings: {
      common: {
        ...harmless(environment),
        ...commonSettings({
          log,
          runbooks,
          redisUrl: config.CUTOVER_REDIS_URL,
        }),
        CUTOVER_LOG_LEVEL: config.CUTOVER_LOG_LEVEL,
      },
      serve: serveSettings(environment),
      worker: { CUTOVER_BINDINGS: bindingsOf(config, folder) },
    },
    serveWords: ['--rehearsals-only'],
    cwd: process.cwd(),
    endings,
    narrator,
    nameOf: (person) => person,
  })
  narrator.plain(
    `Cutover is up: ${installation.processes.map(({ name }) => name).join(', ')}. It opens rehearsals only.\n`,
  )
  narrator.plain(`  Slack     /cutover start`)
  narrator.plain(`  Command   CUTOVER_URL=${installation.url}`)
  narrator.plain(`  Data      ${folder.path} (the log is kept there; Ctrl-C ends everything else)\n`)
}

/** What only `serve` needs to know, as it was given. */
function serveSettings(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        /^CUTOVER_(SLACK_|SMTP_|MAIL_|LOGIN_)/.test(entry[0]) && entry[1] !== undefined,
    ),
  )
}

/** The team's own bindings; where there are none yet, an empty file: targets without secrets need no more. */
function bindingsOf(config: Config, { secrets }: LocalFolder): string {
  const own = resolve(config.CUTOVER_BINDINGS)
  if (existsSync(own)) return own
  const empty = join(secrets, 'bindings.json')
  if (!existsSync(empty)) writeFileSync(empty, '{"environments": {}}\n', { mode: 0o600 })
  return empty
}
