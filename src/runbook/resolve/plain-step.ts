/** What is so of a step that no runbook has written: it stands alone, changes nothing and takes its time. */
export const PLAIN_STEP = {
  wait: false,
  lateMs: 0,
  optional: false,
  critical: false,
  parallel: false,
  needs: [],
  opens: [],
  closes: [],
  mutating: false,
  links: {},
} as const
