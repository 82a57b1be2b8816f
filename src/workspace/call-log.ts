import type { JsonObject } from './json.ts'

/** One request to the Web API or to a response URL. */
export interface LoggedCall {
  n: number
  method: string
  args: JsonObject
  /** When it arrived, ISO 8601. */
  at: string
  durationMs: number
  /** The HTTP status sent; 0 when the connection was closed or left hanging without an answer. */
  status: number
  /** What was decided, also when a fault kept the caller from hearing it. */
  answer: unknown
  fault?: string
}

const KEPT_CALLS = 5_000

/** The last few thousand calls, so that a test can count and read what the app asked for. */
export class CallLog {
  private calls: LoggedCall[] = []
  private count = 0

  add(call: Omit<LoggedCall, 'n'>): void {
    this.count += 1
    this.calls.push({ n: this.count, ...call })
    if (this.calls.length > KEPT_CALLS) this.calls = this.calls.slice(-KEPT_CALLS)
  }

  /** Calls after number `after`, of one method when one is named. */
  read(filter: { method?: string | undefined; after?: number | undefined }): LoggedCall[] {
    const { method, after = 0 } = filter
    return this.calls.filter((call) => call.n > after && (method === undefined || call.method === method))
  }

  /** Forgets the calls; the numbers go on rising. */
  clear(): void {
    this.calls = []
  }
}
