import type { Decision, Given, PoolCommand } from '../commands.ts'
import type { PoolEvent } from '../events.ts'
import { isOver } from '../lookup.ts'
import { poolsOf } from '../pools.ts'
import { refuse } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { accept } from './deciding.ts'

/** What a pool says of its own copy; said again, it changes nothing. */
export function poolAnswer(state: CutoverState, command: PoolCommand, { actor }: Given): Decision {
  const { pool } = command
  if (actor.kind !== 'worker' || actor.pool !== pool || !poolsOf(state.plan).includes(pool))
    return refuse('no such pool', { pool, known: poolsOf(state.plan) })
  if (isOver(state.status)) return accept()
  const event = toEvent(command)
  return isKnown(state, event) ? accept() : accept(event)
}

function toEvent(command: PoolCommand): PoolEvent {
  if (command.type === 'report pool ready') {
    const { type: _, ...data } = command
    return { type: 'pool ready', data }
  }
  const { type: _, ...data } = command
  return { type: 'pool refused', data }
}

function isKnown(state: CutoverState, { type, data }: PoolEvent): boolean {
  const known = state.pools[data.pool]
  if (known === undefined || known.ready !== (type === 'pool ready')) return false
  return type === 'pool ready'
    ? known.hash === data.hash && isSame(known.ignored, data.ignored)
    : known.why === data.why && isSame(known.differs, data.differs)
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])
