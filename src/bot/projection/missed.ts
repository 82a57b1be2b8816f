import type { CutoverLog } from '../../app/ports.ts'
import type { AnchoredEvent } from '../../app/anchor.ts'
import type { Instant } from '../../domain/plan.ts'
import type { CutoverState, Outage } from '../../domain/state.ts'
import { missedElsewhere, missedHere } from '../views/missed.ts'
import type { Missed } from './kinds.ts'

/** An outage that nobody was told of for so long is told by nothing but the timeline. */
const TOLD_WITHIN_MS = 24 * 60 * 60_000

/** What people missed in outages of Slack. Written once for each: it tells of the moment in which Slack came back. */
export function makeMissed(log: CutoverLog) {
  const written = new Map<string, Missed>()

  return async (
    state: CutoverState,
    now: Instant,
    anchors: readonly AnchoredEvent[],
  ): Promise<readonly Missed[]> => {
    const missed: Missed[] = []
    for (const outage of state.outages) {
      if (!isOver(outage)) continue
      const id = `${state.id} ${outage.since}`
      const isOld = now - outage.until > TOLD_WITHIN_MS
      const one = written.get(id) ?? (isOld ? untold(outage) : await write(log, state, outage, anchors))
      written.set(id, one)
      missed.push(one)
    }
    return missed
  }
}

type Over = Outage & { readonly until: Instant }

const isOver = (outage: Outage): outage is Over => outage.until !== undefined

const untold = ({ since, until }: Over): Missed => ({ since, until, own: null, others: {} })

async function write(
  log: CutoverLog,
  state: CutoverState,
  outage: Over,
  anchors: readonly AnchoredEvent[],
): Promise<Missed> {
  const { since, until } = outage
  const all = await log.events(state.id)
  const events = all.filter(({ at }) => since <= at && at <= until)
  const given = { outage, all, events, anchors }
  return { since, until, own: missedHere(state, given), others: missedElsewhere(state, given) }
}
