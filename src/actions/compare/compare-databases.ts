import { ActionFailure } from '../action.ts'
import type { Progress } from '../action.ts'
import { postgresFailure } from '../pg/failures.ts'
import { sqliteCode, sqliteFailure } from '../sqlite/open.ts'
import { chooseTables } from '../table-choice.ts'
import type { AnyTarget, SqliteTarget } from '../targets.ts'
import { commonKind } from '../values/kinds.ts'
import type { Kind } from '../values/kinds.ts'
import { compareByContent } from './by-content.ts'
import { compareByKey } from './by-key.ts'
import type { RowCounts } from './by-key.ts'
import { Findings } from './findings.ts'
import { openPgSide } from './pg-side.ts'
import type { ComparisonPlan, Side, SideColumn, TablePair } from './plan.ts'
import { planComparison } from './plan.ts'
import type { ComparisonReport, TableReport } from './report.ts'
import { openSqliteSide } from './sqlite-side.ts'

export interface ComparisonRequest {
  readonly source: AnyTarget
  readonly target: AnyTarget
  /** Only these tables; each must exist in the source. Default: all. */
  readonly tables?: readonly string[]
  readonly exclude?: readonly string[]
  /** PostgreSQL sessions bear `cutover:<attempt>`. */
  readonly attempt: string
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/**
 * Compares two databases by content, exactly, and changes neither. Each side is read as of one moment. Throws
 * {@link ActionFailure} when a side cannot be read; differences are in the report.
 */
export async function compareDatabases(request: ComparisonRequest): Promise<ComparisonReport> {
  const began = performance.now()
  const sides: Side[] = []
  try {
    for (const target of [request.source, request.target]) sides.push(await open(target, request))
    const [source, target] = sides
    if (!source || !target) throw new TypeError('a comparison has two sides')
    const { tables: named, exclude } = request
    const excludable = target.tables.map(({ name }) => name)
    const plan = planComparison(
      chooseTables(source.tables, { place: request.source.name, tables: named, exclude, excludable }),
      target.tables.filter((table) => !isExcluded(table.name, exclude)),
      resolveKind,
    )
    const drive = source.kind === 'postgres' && target.kind === 'sqlite' ? 'target' : 'source'
    const findings = new Findings()
    const tables = await comparePairs(plan, drive, findings, request)
    return makeReport({ request, plan, findings, tables, durationMs: performance.now() - began })
  } catch (error) {
    throw readable(error, request)
  } finally {
    for (const side of sides) await side.close()
  }
}

async function open(target: AnyTarget, { attempt, signal }: ComparisonRequest): Promise<Side> {
  return target.kind === 'sqlite' ? openSqliteSide(target) : openPgSide(target, { attempt, signal })
}

function isExcluded(name: string, exclude: readonly string[] | undefined): boolean {
  return exclude?.some((other) => other.toLowerCase() === name.toLowerCase()) ?? false
}

function resolveKind(source: SideColumn, target: SideColumn): Kind {
  if (source.kind && target.kind) return commonKind(source.kind, target.kind)
  return source.kind ?? target.kind ?? { is: 'stored' }
}

async function comparePairs(
  plan: ComparisonPlan,
  drive: 'source' | 'target',
  findings: Findings,
  { onProgress, signal }: ComparisonRequest,
): Promise<readonly TableReport[]> {
  let total = 0
  for (const pair of plan.pairs) total += await pair.source.count()
  let done = 0
  const reports: TableReport[] = []
  for (const pair of plan.pairs) {
    signal?.throwIfAborted()
    const onRows = (rows: number) => {
      done += rows
      onProgress?.({ done, total, unit: 'rows', label: pair.name })
    }
    onRows(0)
    const run = { findings, onRows, signal }
    const counts =
      pair.by === 'key' ? await compareByKey(pair, drive, run) : await compareByContent(pair, run)
    reports.push(tableReport(pair, counts, findings))
  }
  return reports
}

function tableReport(pair: TablePair, counts: RowCounts, findings: Findings): TableReport {
  return { table: pair.name, ...counts, ...findings.countsOf(pair.name), by: pair.by }
}

function makeReport(made: {
  readonly request: ComparisonRequest
  readonly plan: ComparisonPlan
  readonly findings: Findings
  readonly tables: readonly TableReport[]
  readonly durationMs: number
}): ComparisonReport {
  const { request, plan, findings, tables } = made
  const { tablesOnlyInSource, tablesOnlyInTarget, columnsOnlyInSource, columnsOnlyInTarget } = plan
  const rowsDiffering = tables.reduce(
    (sum, { changed, missing, extra }) => sum + changed + missing + extra,
    0,
  )
  return {
    source: request.source.name,
    target: request.target.name,
    tables,
    rows: tables.reduce((sum, { sourceRows }) => sum + sourceRows, 0),
    differences: rowsDiffering + tablesOnlyInSource.length + columnsOnlyInSource.length,
    differing: findings.listed,
    tablesOnlyInSource,
    // Where the tables were named, what else the target holds was not asked for.
    tablesOnlyInTarget: request.tables ? [] : tablesOnlyInTarget,
    columnsOnlyInSource,
    columnsOnlyInTarget,
    durationMs: made.durationMs,
  }
}

function readable(error: unknown, { source, target, signal }: ComparisonRequest): unknown {
  if (error instanceof ActionFailure) return error
  const circumstances = { what: 'The comparison', changed: 'nothing was changed: a comparison only reads' }
  if (signal?.aborted) {
    const { changed } = circumstances
    return new ActionFailure('The comparison was cancelled.', {
      hint: 'Start it again.',
      changed,
      cause: error,
    })
  }
  if (sqliteCode(error) === undefined) return postgresFailure(error, circumstances)
  const file = [source, target].find((side): side is SqliteTarget => side.kind === 'sqlite')
  return file ? sqliteFailure(error, { ...circumstances, target: file }) : error
}
