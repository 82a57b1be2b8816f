import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { makeRehearser } from '../../app/rehearse.ts'
import type { Logger } from '../../app/ports.ts'
import { REHEARSAL } from '../../domain/lookup.ts'
import type { RehearsalWishes } from '../../domain/rehearsal-answers.ts'
import type { RehearsalEnd } from '../../domain/rehearsal-end.ts'
import { EmbeddedPostgresError } from '../../postgres/embedded.ts'
import { durationText } from '../../templates/format.ts'
import { readConfig, type Config } from '../config.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { endEverything, makeEndings } from '../local/endings.ts'
import { makeTemporaryFolder, removeFolder } from '../local/folder.ts'
import { listenForInterruption, type Interruption } from '../local/interruption.ts'
import { makeNarrator, type Narrator } from '../local/narrator.ts'
import { makeLogTeller } from '../local/tell-log.ts'
import { makeLogger } from '../logger.ts'
import { repeatedly } from '../repeatedly.ts'
import type { RunbookFile } from '../runbook-file.ts'
import { makeRecords } from '../serve/records.ts'
import { readBindings } from '../worker/bindings.ts'
import { openRehearsal, rehearsedPlan, type RehearsalAsked } from './opening.ts'
import { startOwnProduct, type OwnProduct } from './product.ts'
import { writeRehearsalReport } from './report.ts'
import { makeJsonTeller } from './tell-json.ts'
import { webhookReceivers } from '../serve/from-config.ts'

export interface RehearseOptions extends RehearsalAsked {
  readonly file: RunbookFile
  readonly wishes: RehearsalWishes
  /** A folder that is new or empty. */
  readonly report: string | undefined
  /** Secrets per environment (0600); absent: CUTOVER_BINDINGS when there is such a file. */
  readonly bindings: string | undefined
  readonly json: boolean
}

type Out = { write(text: string): unknown; readonly isTTY?: boolean }

const INTERRUPTED = 130
/** Besides being woken by each event. */
const LOOK_EVERY_MS = 500
const NOTHING: Out = { write: () => undefined }
const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * Carries a runbook out where nobody is: with a log, queue and workers of its own, which end with it. Gives the exit
 * code. Throws {@link CommandEnd} or a ConfigError for what keeps it from beginning.
 */
export async function runRehearsal(
  options: RehearseOptions,
  environment: Readonly<Record<string, string | undefined>>,
  out: Out,
): Promise<number> {
  const config = readConfig(environment)
  const bindings = bindingsOf(options, config)
  const pools = poolsToRehearse(options)
  const endings = makeEndings()
  const interruption = listenForInterruption(() => {
    endings.killAll()
    process.exit(INTERRUPTED)
  })
  const narrator = makeNarrator(options.json ? NOTHING : out)
  const troubles = makeTroubles(environment, config)
  const folder = await makeTemporaryFolder('cutover-rehearsal')
  const starting = startOwnProduct({
    folder,
    endings,
    pools,
    bindings,
    environment,
    runbooks: options.file.folder,
    smtpUrl: config.CUTOVER_SMTP_URL,
    mailFrom: config.CUTOVER_MAIL_FROM,
    webhooks: webhookReceivers(config.CUTOVER_WEBHOOKS_FILE),
    logger: troubles.logger,
  })
  try {
    const product = await Promise.race([starting, interruption.asked])
    if (!product) return INTERRUPTED
    return await carryOut(options, product, { interruption, narrator, out, troubles })
  } catch (error) {
    throw textOf(error)
  } finally {
    troubles.areExpected()
    await endEverything(endings, starting)
    interruption.forget()
    removeFolder(folder)
  }
}

/** What would only be found out at the first step that needs it. */
function bindingsOf({ bindings }: RehearseOptions, config: Config): string | undefined {
  const file = bindings ?? (existsSync(config.CUTOVER_BINDINGS) ? config.CUTOVER_BINDINGS : undefined)
  if (file === undefined) return undefined
  readBindings(file)
  return resolve(file)
}

/** Also refuses what cannot be rehearsed, before anything is started. */
function poolsToRehearse({ file, wishes, ...asked }: RehearseOptions): readonly string[] {
  const now = Date.now()
  const { steps, rollback } = rehearsedPlan(file, asked, { id: 'rehearsal', at: now, plannedStart: now })
  const known = (id: string): boolean => steps[id] !== undefined
  const strange = [
    ...wishes.skip,
    ...Object.keys(wishes.fields).map((name) => name.split('/')[0] ?? ''),
  ].find((id) => !known(id))
  if (strange !== undefined)
    throw new CommandEnd(`The runbook has no step "${strange}". Nothing was started.`, EXIT.usage)
  const ways = rollback.options.map(({ id }) => id)
  if (wishes.back !== undefined && !ways.includes(wishes.back)) {
    const known = ways.length === 0 ? 'there is only one' : `there are ${ways.join(', ')}`
    throw new CommandEnd(
      `The runbook has no way back "${wishes.back}": ${known}. Nothing was started.`,
      EXIT.usage,
    )
  }
  return [...new Set(Object.values(steps).map(({ pool }) => pool))].sort()
}

interface Troubles {
  readonly logger: Logger
  /** Everything ends now: that its parts lose one another is what was asked for. */
  areExpected(): void
}

/** Its narration says what happens; what its parts have trouble with is for standard error. */
function makeTroubles(environment: Readonly<Record<string, string | undefined>>, config: Config): Troubles {
  const isAsked = (environment['CUTOVER_LOG_LEVEL'] ?? '') !== ''
  const logger = makeLogger(isAsked ? config.CUTOVER_LOG_LEVEL : 'warn', 'rehearse')
  let told = logger
  return {
    logger: {
      info: (...line) => told.info(...line),
      warn: (...line) => told.warn(...line),
      error: (...line) => told.error(...line),
    },
    areExpected() {
      if (!isAsked) told = SILENT
    },
  }
}

interface Around {
  readonly interruption: Interruption
  readonly narrator: Narrator
  readonly out: Out
  readonly troubles: Troubles
}

async function carryOut(options: RehearseOptions, product: OwnProduct, around: Around): Promise<number> {
  const { interruption, narrator, out, troubles } = around
  const began = performance.now()
  const { id } = await openRehearsal(product.log, options.file, options)
  const line = (value: object): unknown => out.write(`${JSON.stringify(value)}\n`)
  const teller = options.json
    ? makeJsonTeller(product.log, id, line)
    : makeLogTeller({ log: product.log, progress: product.progress, narrator, nameOf: (person) => person })
  const end = await answerUntilEnd({ options, product, id, interruption, tell: () => teller.look() })
  if (end === undefined) narrator.say('rehearsal', 'ends: cancels what runs, then stops everything')
  troubles.areExpected()
  // Before the record is written: what is cancelled belongs into it.
  if (end?.outcome !== 'completed') await product.cancelWork()
  await teller.look()
  narrator.progress(undefined)
  const report = options.report === undefined ? undefined : await writeDown(options.report, product, id)
  const exit = end === undefined ? INTERRUPTED : EXIT_OF[end.outcome]
  const took = performance.now() - began
  if (options.json)
    line({ ended: { cutover: id, ...outcomeOf(end), exit, tookMs: Math.round(took), ...report } })
  else narrator.plain(lastLines({ end, took, report }))
  return exit
}

const EXIT_OF = {
  completed: EXIT.done,
  'rolled back': EXIT.rolledBack,
  stopped: EXIT.stopped,
} as const satisfies Record<RehearsalEnd['outcome'], number>

/** Undefined when it was interrupted. */
async function answerUntilEnd(given: {
  readonly options: RehearseOptions
  readonly product: OwnProduct
  readonly id: string
  readonly interruption: Interruption
  readonly tell: () => Promise<void>
}): Promise<RehearsalEnd | undefined> {
  const { options, product, id, interruption, tell } = given
  const { log } = product
  const rehearser = makeRehearser({
    log,
    cutover: id,
    wishes: options.wishes,
    clock: () => performance.now(),
  })
  const { promise, resolve: settle, reject } = promised<RehearsalEnd>()
  await rehearser.look()
  const loop = repeatedly(
    LOOK_EVERY_MS,
    async () => {
      try {
        const end = await rehearser.look()
        await tell()
        if (end !== undefined) settle(end)
      } catch (error) {
        reject(error)
      }
    },
    SILENT,
  )
  product.onChange(() => loop.wake())
  try {
    // What is left out was left out by now, before anything begins by itself.
    await product.lead()
    return (await Promise.race([promise, interruption.asked])) ?? undefined
  } finally {
    await loop.stop()
  }
}

function promised<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

const outcomeOf = (end: RehearsalEnd | undefined) => end ?? { outcome: 'interrupted' as const }

interface Report {
  readonly report: string
  readonly files: readonly string[]
}

async function writeDown(folder: string, { pool, spools }: OwnProduct, cutover: string): Promise<Report> {
  const records = makeRecords({ pool, names: () => new Map([[REHEARSAL, REHEARSAL]]) })
  return { report: folder, files: await writeRehearsalReport(folder, { records, cutover, spools }) }
}

const HEADLINES = {
  completed: 'COMPLETED',
  'rolled back': 'ROLLED BACK',
  stopped: 'STOPPED',
  interrupted: 'INTERRUPTED',
} as const

function lastLines(told: {
  readonly end: RehearsalEnd | undefined
  readonly took: number
  readonly report: Report | undefined
}): string {
  const end = outcomeOf(told.end)
  const why = 'why' in end && end.why !== undefined ? `\n${end.why}` : ''
  const report =
    told.report === undefined
      ? '`--report DIR` leaves timeline, events, notices and outputs in a folder.'
      : `Report: ${told.report.report} (${told.report.files.join(', ')})`
  return `\n${HEADLINES[end.outcome]} after ${durationText(told.took)}.${why}\n${report}`
}

function textOf(error: unknown): unknown {
  if (!(error instanceof EmbeddedPostgresError)) return error
  return new CommandEnd(`${error.message} ${error.hint} Nothing was changed.`, EXIT.endedOtherwise)
}
