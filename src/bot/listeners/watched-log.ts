import type { CutoverLog } from '../../app/ports.ts'

/** How far one request has got with the log, so that an answer can say what was recorded and what was not. */
export interface WatchedLog {
  readonly log: CutoverLog
  /** `reading`: nothing was recorded yet. `writing`: an append is on its way, or its answer was lost. */
  readonly stage: () => 'reading' | 'writing' | 'recorded'
  /** The cutover that the request is about, once that is known. */
  readonly cutover: () => string | undefined
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
  let cutover: string | undefined
  return {
    stage: () => stage,
    cutover: () => cutover,
    giveUp() {
      isGivenUp = stage === 'reading'
      return isGivenUp
    },
    log: {
      ...log,
      load(id, key) {
        cutover = id
        return log.load(id, key)
      },
      async append(append) {
        cutover = append.cutover
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
