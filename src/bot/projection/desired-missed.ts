import type { Instant } from '../../domain/plan.ts'
import type { DesiredMessage, Look, Missed } from './kinds.ts'

/** One message for each outage, before anything that came about in it. */
export const missedMessages = ({ missed = [] }: Look): readonly DesiredMessage[] =>
  missed.flatMap(({ since, own }) =>
    own === null ? [] : [{ ...common(since), key: keyOf(since), channel: 'own', content: own }],
  )

/** The same for other channels that would have heard something. */
export const missedElsewhere = ({ missed = [] }: Look): readonly DesiredMessage[] =>
  missed.flatMap(({ since, others }) =>
    Object.entries(others).map(([channel, content]) => ({
      ...common(since),
      key: `${keyOf(since)}/${channel}`,
      channel,
      content,
    })),
  )

/** It was to be said in an outage, and what is said of that outage says it. */
export const wasMissed = ({ missed = [] }: Look, at: Instant): boolean => missed.some((one) => isIn(one, at))

export const isIn = ({ since, until }: Pick<Missed, 'since' | 'until'>, at: Instant): boolean =>
  since <= at && at <= until

const keyOf = (since: Instant): string => `missed/${since.toString(36)}`

const common = (since: Instant) =>
  ({ kind: 'message', priority: 'decision', settled: true, basis: keyOf(since) }) as const
