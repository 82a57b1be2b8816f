import type { CutoverEvent } from '../../src/domain/events.ts'

/** How the attempt of `run` ends in a walk through every status. */
export const ended = {
  type: 'report ended',
  attempt: 'c1.run.1',
  outcome: 'succeeded',
  summary: 'fine',
  facts: {},
  exit: 0,
  durationMs: 1,
  host: 'h1',
  digest: '',
} as const

export const inverse = 'c1.undo-copy.1'
export const inverseTicket: CutoverEvent = {
  type: 'attempt dispatched',
  data: { attempt: inverse, step: 'undo-copy', n: 1, pool: 'db' },
}
export const inverseClaimed: CutoverEvent = {
  type: 'attempt claimed',
  data: { attempt: inverse, worker: 'w1', host: 'h1' },
}
export const inverseRunning: readonly CutoverEvent[] = [
  inverseTicket,
  inverseClaimed,
  { type: 'attempt spawning', data: { attempt: inverse } },
]
export const inverseFailed: readonly CutoverEvent[] = [
  ...inverseRunning,
  { type: 'attempt ended', data: { ...withoutType(ended), attempt: inverse, outcome: 'failed' } },
]

function withoutType(command: typeof ended) {
  const { type: _, ...data } = command
  return data
}
