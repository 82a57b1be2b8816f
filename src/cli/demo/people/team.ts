/** Who plays in the demo, and for which role of the runbook. */
export const TEAM = { lead: 'ana', observer: 'giorgi', communicator: 'nino' } as const
export type Operator = (typeof TEAM)[keyof typeof TEAM]

/** Stands in for the lead, and is not needed. */
export const STAND_IN = 'levan'

export const OPERATORS: readonly Operator[] = Object.values(TEAM)
