/** How much of what there is in the log, for whoever watches from outside. Times are seconds by the log's clock. */
export interface LogCounts {
  /** Those that are not closed or abandoned. */
  readonly cutovers: readonly { readonly status: string; readonly live: boolean; readonly count: number }[]
  /** Attempts that have not ended: where their ticket stands, or what nobody can tell of them. */
  readonly attempts: readonly { readonly state: string; readonly count: number }[]
  /** Attempts that were decided on and that nobody has claimed. */
  readonly outbox: { readonly waiting: number; readonly oldestSeconds: number }
  readonly pools: readonly {
    readonly pool: string
    readonly version: string
    readonly silentSeconds: number
  }[]
  /** Each `serve` that was seen within 15 s. */
  readonly serves: readonly { readonly version: string; readonly count: number }[]
}
