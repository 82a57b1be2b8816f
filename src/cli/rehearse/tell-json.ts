import type { CutoverLog } from '../../app/ports.ts'

/** One line of JSON for each event of one cutover, in order. */
export interface JsonTeller {
  /** To be called again and again. Fulfilled when everything that the log says by now has been told. */
  look(): Promise<void>
}

export function makeJsonTeller(log: CutoverLog, cutover: string, out: (line: object) => void): JsonTeller {
  let told = 0

  async function lookOnce(): Promise<void> {
    const events = await log.events(cutover)
    for (const event of events.slice(told)) out({ event })
    told = events.length
  }

  // One after the other, or a line would be told twice.
  let looking: Promise<void> = Promise.resolve()
  return { look: () => (looking = looking.catch(() => undefined).then(lookOnce)) }
}
