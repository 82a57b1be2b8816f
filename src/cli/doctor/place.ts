import type { Pool } from 'pg'
import type { Validation } from '../../runbook/validate.ts'
import type { Config } from '../config.ts'
import type { Bindings } from '../worker/bindings.ts'
import type { Finding } from './finding.ts'

/** Where doctor looks, and for which processes: what every section is given. */
export interface Place {
  readonly config: Config
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Its settings have what `serve` needs. */
  readonly isBotHost: boolean
  /** The pool of the worker that these settings are for; absent: for none. */
  readonly pool?: string
  /** Where relative paths of a runbook begin. */
  readonly cwd: string
  /** Null: the log cannot be reached. */
  readonly log: Pool | null
  /** Null: there are none that can be read, which the worker's section says. */
  readonly bindings: Bindings | null
  readonly runbooks: readonly RunbookSeen[]
  readonly version: string
  /** Milliseconds by this host's clock. */
  readonly now: () => number
  /** The process table: `/proc`. */
  readonly proc: string
}

export interface RunbookSeen {
  /** Its name in the folder. */
  readonly file: string
  readonly validation: Validation
}

/** A part of doctor's report. Throws only what nobody foresaw. */
export interface Look {
  readonly title: string
  readonly look: (place: Place) => Promise<readonly Finding[]>
}
