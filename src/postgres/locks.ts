/** Keys of the advisory locks of this schema: arbitrary, but the same for everybody. */
export const LOCKS = {
  migration: 7_208_614,
  /** Openings and closings are chained one after the other. */
  registry: 7_208_615,
  /** Two openings at the same moment must not both find a target free. */
  opening: 7_208_616,
} as const
