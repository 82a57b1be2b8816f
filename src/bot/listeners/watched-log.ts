import type { CutoverLog } from '../../app/ports.ts'

/** How far one request has got with the log, so that an answer can say what was recorded and what was not. */
export interface WatchedLog {
  readonly log: CutoverLog
  /** `reading`: nothing was recorded yet. `writing`: an append is on its way, or its answer was lost. */
  readonly stage: () => 'reading' | 'writing' | 'recorded'
  /** From now on nothing is recorded for this request. False when it is too late for that. */
  readonly giveUp: () => boolean
}

/** Nobody waits for this request any more, so what it would have recorded is not. */
export class GivenUp extends Error {
  constructor() {
    super('given up')
    this.name = 'GivenUp'
  }
}

export function watchedLog(log: CutoverLog): WatchedLog {
  let stage: 'reading' | 'writing' | 'recorded' = 'reading'
  let isGivenUp = false
  return {
    stage: () => stage,
    giveUp() {
      isGivenUp = stage === 'reading'
      return isGivenUp
    },
    log: {
      ...log,
      async append(append) {
        if (isGivenUp) throw new GivenUp()
        const before = stage
        stage = 'writing'
        const appended = await log.append(append)
        stage = appended.ok ? 'recorded' : before
        return appended
      },
    },
  }
}
