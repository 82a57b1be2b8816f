import type { DraftText } from '../../domain/events.ts'
import { stepState } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'

/** The text that stands for all of a draft: the plain one where there is one. */
export function draftOf(state: CutoverState, step: string): DraftText | undefined {
  const texts = stepState(state, step).draft?.texts ?? []
  return texts.find(({ medium }) => medium === 'email' || medium === 'report') ?? texts[0]
}

export const draftToEdit = (state: CutoverState, step: string): string => draftOf(state, step)?.text ?? ''
