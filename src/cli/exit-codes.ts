/** How a verb ends, for scripts. */
export const EXIT = {
  done: 0,
  endedOtherwise: 1,
  usage: 2,
  refused: 3,
  stale: 4,
  noAnswer: 5,
  waits: 6,
  rolledBack: 10,
  stopped: 11,
} as const

/** Ends the command with a sentence on standard error and a code. */
export class CommandEnd extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'CommandEnd'
    this.exitCode = exitCode
  }
}
