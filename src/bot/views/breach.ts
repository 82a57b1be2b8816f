import { liveAttempt, planStep, stepState } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'
import { onCall } from '../../domain/team/shifts.ts'
import { metTriggers } from '../../domain/triggers.ts'
import { actions, section, type Content } from '../blocks.ts'
import { openIssueButton, rollbackButton } from './buttons.ts'
import { URGENCY } from './turning-back.ts'
import { clock, mentions, owners, value } from './words.ts'

const BREACHES_MAX = 5

/** A watch that goes on and is out of bounds; null when it is in bounds. Whoever is on call is asked first. */
export function breachMessage(state: CutoverState, id: string): Content | null {
  const attempt = liveAttempt(state, id)
  const since = attempt?.dispatchedAt
  const own = stepState(state, id)
  const found = own.breaches.filter(({ at }) => since !== undefined && at >= since)
  if (found.length === 0) return null
  const duty = onCall(state)
  const step = planStep(state, id)
  const asked = mentions(duty === undefined ? owners(state, step.by) : [duty])
  const met = metTriggers(state).filter(({ steps }) => steps.includes(id))
  const lines = [
    ...found
      .slice(-BREACHES_MAX)
      .map((one) => `${clock(one.at)} ${value(one.check, 80)}: ${value(one.answer, 300)}`),
    ...met.map(
      ({ trigger }) => `The trigger “${value(trigger.text, 200)}” says: *${URGENCY[trigger.urgency]}*.`,
    ),
  ]
  const title = value(step.title, 150)
  return {
    text: `${asked} “${title}” is out of bounds: ${value(found.at(-1)?.answer ?? '', 200)}`,
    blocks: [
      section(`${asked}  *${title} — OUT OF BOUNDS.* It goes on looking.`),
      section(lines.join('\n')),
      ...actions([...openIssueButton(state, id), ...(met.length > 0 ? rollbackButton(state) : [])]),
    ],
  }
}
