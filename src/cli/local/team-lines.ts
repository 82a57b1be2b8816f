import type { CutoverEvent } from '../../domain/events.ts'
import type { Words } from './event-lines.ts'

/** What people under way tell each other, for a terminal. */
export function sayOfTeam(event: CutoverEvent, { nameOf }: Pick<Words, 'nameOf'>): string | undefined {
  switch (event.type) {
    case 'issue opened':
      return `opens issue ${event.data.issue} (${event.data.severity}): ${event.data.text}`
    case 'issue closed':
      return `closes issue ${event.data.issue}${event.data.text === undefined ? '' : `: ${event.data.text}`}`
    case 'escalation raised':
      return `nobody has ${event.data.subject}: level ${event.data.level}, ${event.data.roles.join(', ')}`
    case 'escalation taken':
      return `has ${event.data.subject}`
    case 'change allowed':
      return `allows a change during the freeze: ${event.data.text} (${event.data.reason})`
    case 'role acknowledged':
      return `${event.data.answer === 'yes' ? '✓ is' : '✗ is not'} ${event.data.says} as ${event.data.role}`
    case 'checkpoint passed':
      return `✓ checkpoint ${event.data.phase} passed`
    case 'checkpoint failed':
      return `✗ checkpoint ${event.data.phase} FAILED`
    case 'checkpoint accepted':
      return `goes on from the checkpoint ${event.data.phase}: ${event.data.reason}`
    default:
      return sayOfAfterwards(event, nameOf)
  }
}

function sayOfAfterwards(event: CutoverEvent, nameOf: Words['nameOf']): string | undefined {
  switch (event.type) {
    case 'shift began':
      return `${event.data.person === undefined ? 'nobody' : nameOf(event.data.person)} is on call as ${event.data.role}`
    case 'follow-up opened':
      return `left to do: ${event.data.title}`
    case 'follow-up closed':
      return `✓ ${event.data.followUp} is done`
    case 'follow-up waived':
      return `waives ${event.data.followUp}: ${event.data.reason}`
    case 'debrief given':
      return 'gives a debrief'
    case 'user report filed':
      return `users report: ${event.data.text}`
    default:
      return undefined
  }
}
