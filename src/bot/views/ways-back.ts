import type { KnownBlock } from '@slack/types'
import { planStep } from '../../domain/lookup.ts'
import { rollbackPlan, type RollbackPlan } from '../../domain/rollback-plan.ts'
import type { Instant } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { reopenedAt, waysBack, type WayBack } from '../../domain/ways-back.ts'
import { durationText } from '../../templates/format.ts'
import { section } from '../blocks.ts'
import { clock, dotted, joined, minutes, unestimated, value } from './words.ts'

/** Every way back with when to take it, what it loses, whether it still can be taken, what it does and how long. */
export const wayBackBlocks = (state: CutoverState, now: Instant): KnownBlock[] =>
  waysBack(state, now).map((way) => {
    const plan = rollbackPlan(state, now, way.option)
    return section(
      [
        ...wayBackLines(state, way),
        ...(way.missing.length > 0 || way.isTried ? [] : [fitText(plan), orderText(state, plan)]),
      ].join('\n'),
    )
  })

/** What a person chooses by, without the steps. */
export function wayBackLines(state: CutoverState, { option, isTried, missing, lateByMs }: WayBack): string[] {
  const { id, title, text, loses } = option
  const head = title === id ? `*${value(title, 120)}*` : `*${value(title, 120)}* (${value(id, 40)})`
  const titles = missing.map((step) => `“${value(planStep(state, step).title, 80)}”`)
  return [
    `${head}${isTried ? ' — *tried already*' : ''}`,
    ...(text === undefined ? [] : [`When: ${value(text)}`]),
    ...(loses === undefined ? [] : [`*Loses* ${value(loses)}`]),
    ...withinLine(state, option, lateByMs),
    ...(missing.length === 0
      ? []
      : [
          `*Not possible:* it needs ${joined(titles)}, which ${titles.length === 1 ? 'was' : 'were'} not done.`,
        ]),
  ]
}

function withinLine(
  state: CutoverState,
  { withinMs }: WayBack['option'],
  lateByMs: number | undefined,
): string[] {
  if (withinMs === undefined) return []
  const meant = `Meant for ${durationText(withinMs)} after the reopening`
  const since = reopenedAt(state)
  if (since === undefined) return [`${meant}, which has not been yet`]
  return lateByMs === undefined
    ? [`${meant}: until ${clock(since + withinMs)}`]
    : [`${meant}: *passed ${minutes(lateByMs)} ago*`]
}

export function fitText(plan: RollbackPlan): string {
  if (plan.lengthMs === 0 && plan.withoutEstimate.length > 0) return unknownFit(plan)
  const atLeast = plan.withoutEstimate.length === 0 ? '' : 'at least '
  const length = `Takes ${atLeast}*${durationText(plan.lengthMs)}*`
  const fits =
    plan.overrunsByMs === 0
      ? `ends by ${clock(plan.endsAt)}, inside the window (${clock(plan.windowEndsAt)})`
      : `ends ${clock(plan.endsAt)}: *${minutes(plan.overrunsByMs)} after the window* (${clock(plan.windowEndsAt)})`
  const guessed =
    plan.withoutEstimate.length === 0 ? '' : `${unestimated(plan.withoutEstimate)}, counted as nothing`
  return dotted([length, fits, guessed])
}

function unknownFit({ overrunsByMs, windowEndsAt }: RollbackPlan): string {
  const window =
    overrunsByMs === 0
      ? `the window ends ${clock(windowEndsAt)}`
      : `it is *${minutes(overrunsByMs)} after the window* (${clock(windowEndsAt)}) already`
  return `*Nobody knows how long it takes:* no step of it has an estimate · ${window}`
}

/** Lines that a section takes. */
export const LINES_MAX = 40

export function orderText(state: CutoverState, plan: RollbackPlan): string {
  const lines = plan.order.map((id, index) => {
    const { title, estimate } = planStep(state, id)
    const length = estimate === undefined ? 'no estimate' : `up to ${durationText(estimate.highMs)}`
    return `${index + 1}. ${value(title, 120)} (${length})`
  })
  if (lines.length === 0) return 'There is nothing to undo: no step of this rollback has anything to do.'
  const more = lines.length > LINES_MAX ? [`… and ${lines.length - LINES_MAX} more`] : []
  return ['*In this order*', ...lines.slice(0, LINES_MAX), ...more].join('\n')
}
