import type { KnownBlock } from '@slack/types'
import type { DraftText } from '../../domain/events.ts'
import { planStep, stepState } from '../../domain/lookup.ts'
import { asksForApproval } from '../../domain/notices.ts'
import type { CutoverState } from '../../domain/state.ts'
import { escapeSlack } from '../../templates/slack-text.ts'
import { clip, section, type Content } from '../blocks.ts'
import { clock, mentions, owners, value } from './words.ts'

/** The text that stands for all of a draft: the plain one where there is one. */
export function draftOf(state: CutoverState, step: string): DraftText | undefined {
  const texts = stepState(state, step).draft?.texts ?? []
  return texts.find(({ medium }) => medium === 'email' || medium === 'report') ?? texts[0]
}

export const draftToEdit = (state: CutoverState, step: string): string => draftOf(state, step)?.text ?? ''

const TEXT_MAX = 2_400

/** What would go out, and to whom, for whoever approves it. */
export function draftBlocks(state: CutoverState, step: string): readonly KnownBlock[] {
  const own = stepState(state, step)
  const draft = draftOf(state, step)
  if (draft === undefined || !asksForApproval(own)) return []
  const { subject, text, medium } = draft
  const to = (own.draft?.texts ?? []).map((one) => `${value(one.audience, 60)} (${MEDIA[one.medium]})`)
  // What was written for Slack is in its own markup already.
  const shown = medium === 'slack' ? clip(text, TEXT_MAX) : escapeSlack(clip(text, TEXT_MAX))
  const quoted = shown
    .split('\n')
    .map((line) => `>${line}`)
    .join('\n')
  return [
    section(`*To* ${to.join(', ')}${subject === undefined ? '' : `\n*Subject* ${value(subject, 200)}`}`),
    section(quoted),
  ]
}

const MEDIA = {
  slack: 'Slack',
  email: 'e-mail',
  webhook: 'webhook',
  report: 'nobody here: for the record',
} as const

const REFUSED_MAX = 20

/** Said once: the notice is out, and these people do not have it. */
export function refusedMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const refused = stepState(state, id).refused ?? []
  const lines = refused
    .slice(0, REFUSED_MAX)
    .map(({ address, reason }) => `• ${value(address, 100)}: ${value(reason, 200)}`)
  const more = refused.length > REFUSED_MAX ? [`• and ${refused.length - REFUSED_MAX} more`] : []
  const head = `${mentions(owners(state, step.by))} “${value(step.title, 150)}” went out, but the mail server refused:`
  return { text: head, blocks: [section([head, ...lines, ...more, 'Tell them in another way.'].join('\n'))] }
}

/** Its time has passed, and nobody has approved it. */
export function unapprovedMessage(state: CutoverState, id: string): Content {
  const step = planStep(state, id)
  const { dueAt } = stepState(state, id)
  const since = dueAt === undefined ? '' : ` It was due ${clock(dueAt)}.`
  const text = `${mentions(owners(state, step.by))} “${value(step.title, 150)}” waits for approval, and nobody has heard anything.${since}`
  return { text, blocks: [section(text)] }
}
