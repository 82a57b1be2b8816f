import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Client } from 'pg'
import type { Progress } from '../action.ts'
import { ActionFailure } from '../action.ts'
import type { PostgresTarget, SqliteTarget } from '../targets.ts'

export interface CopyRequest {
  readonly from: SqliteTarget
  readonly to: PostgresTarget
  /** Default: `given` where the target has any of the tables, else `derived`. */
  readonly schema?: 'given' | 'derived'
  /** Only these tables; each must exist in the source. Default: all. */
  readonly tables?: readonly string[]
  readonly exclude?: readonly string[]
  /** What happens to texts with a NUL, which PostgreSQL cannot hold. Default: the copy is refused. */
  readonly nul?: 'refuse' | 'strip'
  /** The PostgreSQL session bears `cutover:<attempt>`. */
  readonly attempt: string
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface CopyReport {
  readonly schema: 'given' | 'derived'
  /** Rows of each table. */
  readonly tables: ReadonlyMap<string, number>
  readonly rows: number
  /** As they went over the wire. */
  readonly bytes: number
  readonly sequences: number
  /** Texts that lost a NUL. */
  readonly strippedNuls: number
  /** What the source has and the target does not, one line each. */
  readonly notes: readonly string[]
  readonly durationMs: number
}

/** What the steps of a copy work with: both sides open, the PostgreSQL side inside the one transaction. */
export interface Work {
  readonly database: DatabaseSyncInstance
  readonly client: Client
  readonly request: CopyRequest
}

export function refusal(message: string, hint: string): ActionFailure {
  return new ActionFailure(message, { hint, changed: 'nothing was changed' })
}

const LISTED = 8

/** The first findings as one sentence. */
export function listed(findings: readonly string[]): string {
  const rest = findings.length - LISTED
  return `${findings.slice(0, LISTED).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`
}
