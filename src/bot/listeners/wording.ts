import type { Person } from '../../app/ports.ts'
import type { Outcome, Refused } from '../../app/handle-command.ts'
import type { EventType } from '../../domain/events.ts'
import { escapeSlack } from '../../templates/slack-text.ts'

const MENTION = /<@[UW][A-Z0-9]+>/g

/** A refusal as mrkdwn: people stay mentions; nothing else in it, quoted reasons say, may mention or link. */
export function refusalText({ message }: Refused): string {
  const mentions = [...message.matchAll(MENTION)].map(([found]) => found)
  return message
    .split(MENTION)
    .map((part, index) => `${escapeSlack(part)}${mentions[index] ?? ''}`)
    .join('')
}

/** The same for forms, which show plain text only. */
export function plainRefusal({ message }: Refused, people: readonly Person[]): string {
  return message
    .replaceAll(MENTION, (mention) => {
      const id = mention.slice(2, -1)
      return `@${people.find((person) => person.id === id)?.name ?? id}`
    })
    .replaceAll('`', '')
}

/** Events that mean: one's part is done, and somebody else's is wanted. */
const HALF_DONE: { readonly [type in EventType]?: string } = {
  'second person asked': 'Your part is recorded. It takes two people: a second one must ask for the same.',
  'rollback asked':
    'Your part is recorded. Rolling back needs more people: another approver must ask for it too.',
  'vouch asked': 'Your part is recorded. A second holder must vouch for the same person within ten minutes.',
  'handover asked': 'Your part is recorded. A second holder must ask for the same handover.',
}

/** What a click says beside what it changes: only where nobody would see it otherwise. */
export function saidByClick(outcome: Extract<Outcome, { ok: true }>): string | undefined {
  for (const { type } of outcome.recorded) if (HALF_DONE[type] !== undefined) return HALF_DONE[type]
  const isNothing = outcome.recorded.length === 0 && !outcome.repeated
  return isNothing ? 'Nothing changed: it was so already.' : undefined
}

/** A command leaves no trace where it was typed, so it is answered with what was recorded. */
export function saidByCommand(outcome: Extract<Outcome, { ok: true }>): string {
  const own = saidByClick(outcome)
  if (own !== undefined) return own
  if (outcome.repeated) return 'Recorded already.'
  return `Recorded: ${[...new Set(outcome.recorded.map(({ type }) => type))].join(', ')}.`
}
