import type { Recorded } from '../domain/events.ts'

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** The ticket must be where the event says it was; otherwise the whole append fails. */
  readonly exactly?: number
}

/**
 * What an event does to tickets and outbox, in the transaction of its append. The log decides, the ticket only
 * locks: an arrow that does not find its ticket in the state before takes the append down with it.
 */
export function ticketStatements(event: Recorded): readonly Statement[] {
  switch (event.type) {
    case 'attempt dispatched': {
      const { attempt, step, pool } = event.data
      return [
        {
          text: `insert into cutover.ticket (attempt, cutover, step, pool, status) values ($1, $2, $3, $4, 'dispatched')`,
          values: [attempt, event.cutover, step, pool],
        },
        { text: 'insert into cutover.outbox (attempt, pool) values ($1, $2)', values: [attempt, pool] },
      ]
    }
    case 'attempt claimed':
      return [
        {
          text: `update cutover.ticket set status = 'claimed', worker = $2, changed_at = now()
                 where attempt = $1 and status = 'dispatched'`,
          values: [event.data.attempt, event.data.worker],
          exactly: 1,
        },
      ]
    case 'attempt spawning':
      return [arrow(event.data.attempt, 'claimed', 'spawning')]
    case 'attempt running':
      return [arrow(event.data.attempt, 'spawning', 'running')]
    case 'cancel requested':
      return [flag(event.data.attempt, 'cancel_requested = true')]
    case 'attempt unobserved':
      return [flag(event.data.attempt, `sight = 'out of sight'`)]
    case 'attempt unknown':
      return [flag(event.data.attempt, `sight = 'unknown'`)]
    case 'attempt observed':
    case 'attempt adopted':
      return [flag(event.data.attempt, `sight = 'in sight'`)]
    // People declared it over, or spoke about one that had ended by itself.
    case 'step marked':
      return event.data.attempt === undefined ? [] : [flag(event.data.attempt, `status = 'ended'`)]
    case 'attempt ended':
    case 'attempt revoked':
    case 'attempt refused':
      return [
        {
          text: `update cutover.ticket set status = 'ended', changed_at = now() where attempt = $1 and status <> 'ended'`,
          values: [event.data.attempt],
          exactly: 1,
        },
      ]
    default:
      return besideTheArrows(event)
  }
}

function besideTheArrows(event: Recorded): readonly Statement[] {
  switch (event.type) {
    case 'unblock asked':
      return [wish(event.data.attempt, true)]
    case 'unblock begun':
      return [wish(event.data.attempt, false)]
    case 'cutover forgotten':
      return forgotten(event.cutover)
    default:
      return []
  }
}

/** Nothing that may name people or show data is left beside the events. */
function forgotten(cutover: string): readonly Statement[] {
  return [
    { text: 'delete from cutover.contact where cutover = $1', values: [cutover] },
    {
      text: `delete from cutover.output where attempt in (select attempt from cutover.ticket where cutover = $1)`,
      values: [cutover],
    },
    { text: `update cutover.progress set tail = '', sample = null where cutover = $1`, values: [cutover] },
  ]
}

function arrow(attempt: string, from: string, to: string): Statement {
  return {
    text: `update cutover.ticket set status = $3, changed_at = now() where attempt = $1 and status = $2`,
    values: [attempt, from, to],
    exactly: 1,
  }
}

/** A blocker is asked for an attempt that may have ended by the wait. */
function wish(attempt: string, wanted: boolean): Statement {
  return {
    text: 'update cutover.ticket set unblock_asked_at = case when $2 then now() end where attempt = $1',
    values: [attempt, wanted],
  }
}

/** Something beside the arrows; an ended ticket stays as it is. */
function flag(attempt: string, change: string): Statement {
  return {
    text: `update cutover.ticket set ${change} where attempt = $1 and status <> 'ended'`,
    values: [attempt],
  }
}
