/** What happened, in order, for whoever looks at a run that went wrong. */
export interface Trace {
  /** `what` is only asked for when somebody listens. */
  say(actor: string, what: () => string): void
  readonly lines: readonly string[]
}

export const noTrace: Trace = { say: () => undefined, lines: [] }

/** `clock` in milliseconds since the beginning of the run. */
export function makeTrace(clock: () => number): Trace {
  const lines: string[] = []
  return {
    lines,
    say(actor, what) {
      lines.push(`${timeText(clock()).padStart(9)}  ${actor.padEnd(10)}  ${what()}`)
    },
  }
}

/** `1:02.345`: minutes, seconds and milliseconds. */
function timeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0')
  return `${minutes}:${seconds}`
}
