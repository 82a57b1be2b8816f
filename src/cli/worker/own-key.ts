import type { Actor } from '../../domain/events.ts'

/** An idempotency key of a pool. The log takes no other form from its login: another one might be that of a click. */
export const ownKey = ({ pool }: Extract<Actor, { kind: 'worker' }>, ...parts: readonly string[]): string =>
  ['pool', pool, ...parts].join('/')
