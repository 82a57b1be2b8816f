import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { compareDatabases } from '../../src/actions/compare/compare-databases.ts'
import type { AnyTarget } from '../../src/actions/targets.ts'
import type { CutoverEvent, Recorded } from '../../src/domain/events.ts'
import { verifyChain } from '../../src/postgres/verify.ts'
import type { StoredEvent } from '../../src/postgres/hash.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** The runbooks that ship with Cutover. */
export const RUNBOOKS = fileURLToPath(new URL('../../runbooks/', import.meta.url))

/** What a runbook's rehearsal needs around it; databases and services are the test's own affair. */
export interface Rehearsing {
  /** A file, or a name below `runbooks/`: `ward-ops.yaml`. */
  readonly runbook: string
  readonly environment: string
  /** Where relative paths of the runbook begin; also holds bindings and report. See {@link makePlaces}. */
  readonly folder: string
  /** Secrets of the environment, by the names that the runbook gives them. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  readonly fields?: Readonly<Record<string, string>>
  /** A folder of stand-ins for programs that are not installed; first on the PATH. */
  readonly standIns?: string
  /** More words for the command: `['--skip', 'mail']`. */
  readonly words?: readonly string[]
}

/** How `cutover rehearse` ended and what it left. */
export interface Rehearsed {
  /** 0 completed, 10 rolled back, 11 stopped. */
  readonly exit: number | null
  /** Everything it said; for the message of an expectation. */
  readonly told: string
  /** What it said on standard output, line by line. */
  readonly lines: readonly string[]
  /** What it said on standard error. */
  readonly complaints: string
  readonly tookMs: number
  readonly outcome: string
  /** Step id → `done`, `failed`, `not applicable`… */
  readonly steps: Readonly<Record<string, string>>
  readonly events: readonly Recorded[]
  /** What is wrong with the record's chain. */
  readonly findings: readonly string[]
  /** A file of the report. */
  readonly text: (name: string) => string
}

export interface StartedRehearsal {
  readonly pid: number
  readonly told: () => string
  /** Waits until it has told this. Fails with all it told when it ends before. */
  readonly until: (what: RegExp) => Promise<void>
  readonly ended: Promise<Rehearsed>
}

/** `cutover rehearse` as a process, to its end. Needs `npm run build`. */
export const rehearse = (rehearsing: Rehearsing): Promise<Rehearsed> => startRehearsal(rehearsing).ended

let started = 0

export function startRehearsal(rehearsing: Rehearsing): StartedRehearsal {
  const { runbook, environment, folder, secrets = {}, standIns } = rehearsing
  started += 1
  const report = join(folder, `report-${started}`)
  const bindings = join(folder, `bindings-${started}.json`)
  writeFileSync(bindings, JSON.stringify({ environments: { [environment]: { live: false, secrets } } }), {
    mode: 0o600,
  })
  const file = existsSync(runbook) ? runbook : join(RUNBOOKS, runbook)
  const words = [
    'rehearse',
    file,
    '--environment',
    environment,
    '--report',
    report,
    '--bindings',
    bindings,
  ].concat(named('--var', rehearsing.vars), named('--field', rehearsing.fields), rehearsing.words ?? [])
  const path = process.env['PATH'] ?? ''
  const began = performance.now()
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      HOME: process.env['HOME'],
      PATH: standIns === undefined ? path : `${standIns}${delimiter}${path}`,
    },
  })
  let told = ''
  let said = ''
  let complaints = ''
  child.stdout.on('data', (bytes) => (said += String(bytes)))
  child.stderr.on('data', (bytes) => (complaints += String(bytes)))
  let hasEnded = false
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (told += String(bytes)))
  const ended = once(child, 'close').then(([code]: unknown[]): Rehearsed => {
    hasEnded = true
    return {
      exit: typeof code === 'number' ? code : null,
      told,
      lines: said.trimEnd().split('\n'),
      complaints,
      tookMs: performance.now() - began,
      ...readReport(report),
    }
  })
  return {
    pid: child.pid!,
    told: () => told,
    async until(what) {
      while (!what.test(told)) {
        if (hasEnded) throw new Error(`The rehearsal ended before it told ${String(what)}:\n${told}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    ended,
  }
}

const named = (option: string, values: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`])

interface TimelineFile {
  readonly outcome: string
  readonly steps: readonly { readonly id: string; readonly result: string }[]
}

function readReport(folder: string): Pick<Rehearsed, 'outcome' | 'steps' | 'events' | 'findings' | 'text'> {
  const text = (name: string) => readFileSync(join(folder, name), 'utf8')
  if (!existsSync(folder))
    return { outcome: 'none', steps: {}, events: [], findings: ['there is no report'], text }
  const timeline = JSON.parse(text('timeline.json')) as TimelineFile
  const stored = text('events.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StoredEvent)
  return {
    outcome: timeline.outcome,
    steps: Object.fromEntries(timeline.steps.map(({ id, result }) => [id, result])),
    events: stored.map(
      ({ type, data }) => ({ type, data: JSON.parse(data) as unknown }) as Recorded<CutoverEvent>,
    ),
    findings: verifyChain(stored[0]?.cutover ?? '', stored).findings.map(({ message }) => message),
    text,
  }
}

/** A fresh folder for one rehearsal with the folders that its runbook expects, and its end. */
export function makePlaces(...below: readonly string[]): {
  readonly folder: string
  readonly remove: () => void
} {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-rehearsed-'))
  for (const name of below) mkdirSync(join(folder, name), { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A copy of a PostgreSQL database as it is now, on the same server; nobody may be connected to it. Gives its URL. */
export async function copyOf(url: string, name: string): Promise<string> {
  const admin = new URL(url)
  const database = admin.pathname.slice(1)
  admin.pathname = '/postgres'
  const client = new Client({ connectionString: admin.href })
  await client.connect()
  try {
    await client.query(
      `create database ${client.escapeIdentifier(name)} template ${client.escapeIdentifier(database)}`,
    )
  } finally {
    await client.end()
  }
  admin.pathname = `/${name}`
  return admin.href
}

/**
 * What of a database is not as it was, by content, as `cutover compare` sees it: tables with rows that changed or are
 * missing, and tables and columns that are gone. Rows that were written since count only if `mayGrow` is false.
 */
export async function differencesSince(
  before: AnyTarget,
  now: AnyTarget,
  { mayGrow = false }: { readonly mayGrow?: boolean } = {},
): Promise<readonly string[]> {
  const report = await compareDatabases({ source: before, target: now, attempt: 'test' })
  return [
    ...report.tables
      .filter(({ changed, missing, extra }) => changed + missing + (mayGrow ? 0 : extra) > 0)
      .map(({ table }) => table),
    ...report.tablesOnlyInSource,
    ...report.columnsOnlyInSource,
    ...(mayGrow ? [] : report.tablesOnlyInTarget),
  ]
}
