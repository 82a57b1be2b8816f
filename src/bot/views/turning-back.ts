import type { KnownBlock } from '@slack/types'
import { planStep } from '../../domain/lookup.ts'
import type { Instant, Trigger, Urgency } from '../../domain/plan.ts'
import { sinceReopening } from '../../domain/since-reopening.ts'
import type { CutoverState, Facts } from '../../domain/state.ts'
import { metTriggers } from '../../domain/triggers.ts'
import { context, section } from '../blocks.ts'
import { clock, minutes, value } from './words.ts'

/** What may be lost by turning back now: since when customers write, and what of it was counted. */
export function dataBlocks(state: CutoverState, now: Instant): KnownBlock[] {
  const since = sinceReopening(state)
  if (since === undefined)
    return state.status === 'guarded' || state.status === 'watching' ? [context(DATA_WARNING)] : []
  const lines = since.counted.map(
    ({ step, at, facts }) =>
      `• ${value(planStep(state, step).title, 80)} (${clock(at)}): ${value(factsText(facts), 400)}`,
  )
  return [
    section(
      [
        `*Customers ${since.isCertain ? 'have' : 'may have'} been writing since ${clock(since.at)}* (${minutes(now - since.at)}). What they wrote is not carried back unless one of these steps does it.`,
        ...(lines.length > 0 ? lines : ['Nobody has counted it.']),
      ].join('\n'),
    ),
  ]
}

const DATA_WARNING =
  'What was written to the new database since the cutover is not carried back unless one of these steps does it.'

const factsText = (facts: Facts): string =>
  Object.entries(facts)
    .map(([name, fact]) => `${name} ${Array.isArray(fact) ? fact.join(', ') : String(fact)}`)
    .join(' · ')

export const URGENCY = {
  immediate: 'roll back at once',
  consider: 'consider rolling back',
  never: 'do not roll back for this',
} as const satisfies Record<Urgency, string>

/** The runbook's own words on when to turn back; those that something meets now come first, with what meets them. */
export function triggerBlocks(state: CutoverState): KnownBlock[] {
  const { triggers } = state.plan.rollback
  if (triggers.length === 0) return []
  const met = new Map(metTriggers(state).map(({ trigger, steps }) => [trigger.id, steps]))
  const sorted = [...triggers.filter(({ id }) => met.has(id)), ...triggers.filter(({ id }) => !met.has(id))]
  const lines = sorted.slice(0, TRIGGERS_MAX).map((one) => triggerLine(state, one, met.get(one.id)))
  const more = triggers.length > TRIGGERS_MAX ? [`… and ${triggers.length - TRIGGERS_MAX} more`] : []
  return [section(['*When to turn back*', ...lines, ...more].join('\n'))]
}

const TRIGGERS_MAX = 12

function triggerLine(
  state: CutoverState,
  { text, urgency }: Trigger,
  steps: readonly string[] | undefined,
): string {
  if (steps === undefined) return `• ${value(text, 160)}: ${URGENCY[urgency]}`
  const titles = steps.map((id) => value(planStep(state, id).title, 60)).join(', ')
  return `• *met by ${titles}*: ${value(text, 160)} — *${URGENCY[urgency]}*`
}
