import type { PagerAction } from './events.ts'
import { isOver } from './lookup.ts'
import type { CutoverState } from './state.ts'

export interface Alert {
  readonly audience: string
  readonly subject: string
  /** Of the alert at the pager; another one when the same trouble comes again. */
  readonly key: string
  readonly action: PagerAction
}

/** What pagers are to be told now: each level that names one calls it, who takes it on acknowledges, its end resolves. */
export function alertsToSend(state: CutoverState): readonly Alert[] {
  // Nothing advances a cutover that is over, so its clocks stand where they stood.
  const escalations = isOver(state.status) ? {} : state.escalations
  const wanted = Object.entries(escalations).flatMap(([subject, { level, since, taken }]) => {
    const audiences = state.plan.escalation.slice(0, level).flatMap(({ page }) => page ?? [])
    const action = taken === undefined ? ('trigger' as const) : ('acknowledge' as const)
    const key = `cutover/${state.id}/${subject}/${since}`
    return [...new Set(audiences)].map((audience) => ({ audience, subject, key, action }))
  })
  const known = Object.values(state.alerts)
  const open = wanted.filter(
    (one) => !known.some((other) => sameAlert(one, other) && isTold(one.action, other)),
  )
  const over = known
    .filter((one) => one.action !== 'resolve' || one.failed !== undefined)
    .filter((one) => !wanted.some((other) => sameAlert(one, other)))
    // What never got through has nothing to take back.
    .filter((one) => one.action !== 'trigger' || one.failed === undefined)
    .map(({ audience, subject, key }): Alert => ({ audience, subject, key, action: 'resolve' }))
  return [...open, ...over]
}

type Known = Alert & { readonly failed?: string }

const sameAlert = (one: Alert, other: Alert): boolean =>
  one.audience === other.audience && one.key === other.key

/** An alert that somebody acknowledged is not triggered again by a later level. */
const isTold = (action: PagerAction, { action: told, failed }: Known): boolean =>
  failed === undefined && (told === action || (action === 'trigger' && told === 'acknowledge'))
