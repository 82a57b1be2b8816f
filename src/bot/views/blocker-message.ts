import { planStep } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'
import { actions, context, section, type Content } from '../blocks.ts'
import { blockerLines } from './blocker.ts'
import { stepButtons } from './buttons.ts'
import { mentions, owners, value } from './words.ts'

/** While a run waits for somebody else's lock: who holds it, and the button that asks them to let go. */
export function blockedMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const head = `${mentions(owners(state, step.by))} “${value(step.title, 150)}” *waits for a lock.*`
  const lines = [head, ...blockerLines(state, id)]
  return {
    text: `${head} ${lines[1] ?? ''}`.replaceAll('*', ''),
    blocks: [section(lines.join('\n')), ...actions(stepButtons(state, id))],
  }
}

/** What is left of it. */
export function unblockedMessage(state: CutoverState, id: string): Content {
  const asked = blockerLines(state, id).filter((line) => line.includes(' asked '))
  const text = [`“${value(planStep(state, id).title, 150)}” waits for no lock any more.`, ...asked].join(' ')
  return { text, blocks: [context(text)] }
}
