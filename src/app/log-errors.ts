/**
 * The log's database does not answer. Nothing is known to be recorded; the same command with the same key finds out
 * whether it was, and records it otherwise.
 */
export class LogUnavailable extends Error {
  constructor(cause: unknown) {
    super('The log cannot be reached. Nothing is known to be recorded; repeat it with the same key.', {
      cause,
    })
    this.name = 'LogUnavailable'
  }
}

/** The log answers, and does not let this login do that: it was given too little, or it is not for that. */
export class LogRefused extends Error {
  /** @param message - a whole sentence, or several: what was refused, what was changed, what to do. */
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'LogRefused'
  }
}

/** The log holds an event that this version of Cutover does not know: the cutover can only be looked at. */
export class NewerEvent extends Error {
  constructor(type: string, version: number) {
    super(
      `The log holds "${type}" in version ${version}, which this version of Cutover does not know. ` +
        'Nothing was changed. Run the newer version, the one that wrote it.',
    )
    this.name = 'NewerEvent'
  }
}
