import type { Plan, TellStep } from './plan.ts'
import type { StepState } from './state.ts'

export type Medium = 'slack' | 'email' | 'report'

/** Under this key a step's state holds how one medium of one audience went. */
export const noticeKey = (audience: string, medium: Medium): string => `${audience}/${medium}`

/** The media of an audience; one that this environment does not name is rendered into the report. */
export function mediaOf(plan: Plan, audience: string): readonly Medium[] {
  const named = plan.audiences[audience]
  const media: Medium[] = []
  if (named !== undefined && named.slack.length > 0) media.push('slack')
  if (named !== undefined && named.email.length > 0) media.push('email')
  return media.length === 0 ? ['report'] : media
}

/** What of a notice is still to go out: everything that is neither delivered nor failed. */
export function outstanding(
  plan: Plan,
  tell: TellStep,
  state: StepState,
): readonly { readonly audience: string; readonly medium: Medium }[] {
  return tell.to
    .filter((audience) => state.notices[noticeKey(audience, 'report')] === undefined)
    .flatMap((audience) => mediaOf(plan, audience).map((medium) => ({ audience, medium })))
    .filter(({ audience, medium }) => state.notices[noticeKey(audience, medium)] === undefined)
}
