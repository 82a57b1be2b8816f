import type { CutoverState } from '../state.ts'
import type { Issue } from './state.ts'

/** Issues are numbered as they come. */
export const nextIssue = (state: CutoverState): string => `${state.issues.length + 1}`

export const openIssues = (state: CutoverState): readonly Issue[] =>
  state.issues.filter(({ closedAt }) => closedAt === undefined)
