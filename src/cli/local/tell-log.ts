import type { CutoverLog, ProgressBoard } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { liveAttempts, planStep } from '../../domain/lookup.ts'
import { makeEventTeller, type EventTeller } from './event-lines.ts'
import type { Narrator } from './narrator.ts'

/** Tells what the log says, as it says it: a line for each event of note, a bar for what runs. */
export interface LogTeller {
  /** To be called again and again. Fulfilled when everything that the log says by now has been told. */
  look(): Promise<void>
}

export function makeLogTeller(deps: {
  readonly log: CutoverLog
  readonly progress: ProgressBoard
  readonly narrator: Narrator
  readonly nameOf: (person: PersonId) => string
}): LogTeller {
  const { log, progress, narrator, nameOf } = deps
  const told = new Map<string, { position: number; readonly teller: EventTeller }>()

  async function tellEvents(cutover: string): Promise<void> {
    const events = await log.events(cutover)
    const opened = events[0]
    if (opened?.type !== 'cutover opened') return
    const known = told.get(cutover) ?? { position: 0, teller: makeEventTeller(opened.data.plan, nameOf) }
    told.set(cutover, known)
    for (const event of events.slice(known.position)) {
      const line = known.teller.line(event)
      if (line !== undefined) narrator.say(line.who, line.what)
    }
    known.position = events.length
  }

  async function tellProgress(state: CutoverState): Promise<void> {
    const running = liveAttempts(state).find(({ step }) => planStep(state, step).kind === 'run')
    const now = running && (await progress.of(state.id)).get(running.id)
    const title = running === undefined ? '' : planStep(state, running.step).title
    narrator.progress(
      now?.done === undefined
        ? undefined
        : {
            title,
            done: now.done,
            unit: now.unit ?? '',
            ...(now.total === undefined ? {} : { total: now.total }),
          },
    )
  }

  async function lookOnce(): Promise<void> {
    const cutovers = await log.list()
    for (const { id, position } of cutovers) {
      if ((told.get(id)?.position ?? 0) < position) await tellEvents(id)
    }
    const newest = cutovers[0] && (await log.load(cutovers[0].id))
    if (newest) await tellProgress(newest.state)
  }

  // One after the other, or a line would be told twice.
  let looking: Promise<void> = Promise.resolve()
  return { look: () => (looking = looking.catch(() => undefined).then(lookOnce)) }
}
