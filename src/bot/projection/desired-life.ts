import type { CutoverState } from '../../domain/state.ts'
import type { Content } from '../blocks.ts'
import {
  handoverMessage,
  heldMessage,
  lifeMessage,
  overMessage,
  rollbackAskedMessage,
} from '../views/said.ts'
import { era, type DesiredMessage, type Look } from './kinds.ts'
import { cardKeys } from './desired-phases.ts'

/** What concerns the cutover as a whole: holds, requests for a second person, what has become of it, its record. */
export function lifeMessages(state: CutoverState, look: Look): readonly DesiredMessage[] {
  const asking = [
    ...one(`held/${(state.held?.at ?? 0).toString(36)}`, heldMessage(state)),
    ...one(`asked/rollback/${(state.rollbackAsked[0]?.at ?? 0).toString(36)}`, rollbackAskedMessage(state)),
    ...Object.keys(state.handovers).flatMap((role) =>
      one(`asked/${role}/${state.handovers[role]?.person}`, handoverMessage(state, role)),
    ),
  ]
  const cards = new Set([...asking.map(({ key }) => key), ...cardKeys(state)])
  const over = [...look.posted]
    .filter((key) => /^(held|asked|phase|rollback)\//.test(key) && !cards.has(key))
    .map((key): DesiredMessage => ({
      ...common(key),
      content: overMessage(key, state),
      onlyIfPosted: true,
      settled: true,
    }))
  return [...over, ...asking, ...said(state), ...timeline(look)]
}

const common = (key: string) => ({ kind: 'message', key, channel: 'own', priority: 'decision' }) as const

const one = (key: string, content: Content | null): readonly DesiredMessage[] =>
  content === null ? [] : [{ ...common(key), content }]

/** Once for each time a state is reached; it is a remark of its moment and never changes. */
function said(state: CutoverState): readonly DesiredMessage[] {
  const content = lifeMessage(state)
  if (content === null) return []
  const at = state.rollback === undefined ? '' : `/${state.rollback.startedAt.toString(36)}`
  const stopped = state.status === 'rollback stopped' ? `/${state.rollback?.stoppedAt ?? ''}` : ''
  return [{ ...common(`said/${state.status}${at}${stopped}${era(state)}`), content, settled: true }]
}

const timeline = ({ timeline }: Look): readonly DesiredMessage[] =>
  timeline === undefined ? [] : [{ ...common('timeline'), content: timeline.content, basis: timeline.basis }]
