export interface Question {
  /** One statement. */
  readonly text: string
  readonly params: readonly (string | number | boolean | null)[]
  readonly timeoutMs: number
  /** No more rows than this are read. */
  readonly limit: number
}

export type Cell = string | number | boolean | null

export interface Answer {
  /** How many rows were read; one more than the limit is never read. */
  readonly rows: number
  readonly first: readonly Cell[] | undefined
  /** There are more rows than the limit. */
  readonly cut: boolean
}
