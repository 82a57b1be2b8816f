import type { Telling } from './remarks.ts'

/** Hosts that would not start what they do not know. */
export const POOL_SETBACKS: Telling = {
  'pool refused': ({ data }) => ({
    text: `nothing starts on the pool ${data.pool}: ${data.why}`,
    byNobody: true,
  }),
}

/** Files that were changed while it was under way. */
export const POOL_REMARKS: Telling = {
  'pool ready': ({ data }) =>
    data.ignored.length === 0
      ? undefined
      : {
          text: `changed on the host of the pool ${data.pool} after the opening, and ignored: ${data.ignored.join(', ')}`,
          byNobody: true,
        },
}
