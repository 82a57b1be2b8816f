import { meetingAt } from '../domain/advance/notices.ts'
import type { Instant, TellStep } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import type { NoticeContext } from './notice-context.ts'

/** Of a notice that promises updates, and of these updates: which one it is, and when the next one comes. */
export function updateOf(
  state: CutoverState,
  { step, now }: { readonly step?: string; readonly now: Instant },
): Pick<NoticeContext, 'update'> {
  const promise = Object.values(state.plan.steps).flatMap((one) =>
    one.kind === 'tell' && one.occasion?.kind === 'update' && (one.id === step || one.occasion.of === step)
      ? [{ id: one.id, ...one.occasion }]
      : [],
  )[0]
  if (promise === undefined) return {}
  if (promise.of === step) return { update: { number: 0, next: now + promise.everyMs } }
  const { called } = state.steps[promise.id] ?? {}
  return { update: { number: called?.n ?? 1, next: (called?.dueAt ?? now) + promise.everyMs } }
}

export function meetingOf(state: CutoverState, step: string | undefined): Pick<NoticeContext, 'meeting'> {
  const own = tellIn(state, step)
  const inviting = own?.occasion?.kind === 'meeting' ? tellIn(state, own.occasion.of) : own
  if (own === undefined || inviting?.meet === undefined) return {}
  const changed = state.steps[own.id]?.called?.invitation
  const start = changed?.start ?? meetingAt(state, inviting)
  if (start === null) return {}
  const end = changed?.end ?? start + inviting.meet.lengthMs
  return { meeting: { title: inviting.title, start, end, cancelled: changed?.cancelled === true } }
}

function tellIn(state: CutoverState, id: string | undefined): TellStep | undefined {
  const step = id === undefined ? undefined : state.plan.steps[id]
  return step?.kind === 'tell' ? step : undefined
}
