import type { Button } from '@slack/types'
import type { Issue } from '../../domain/team/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { actions, button, message, section, settledLine, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue, isOffered, rollbackButton } from './buttons.ts'
import { ownerText } from './team-words.ts'
import { URGENCY } from './turning-back.ts'
import { actor, clock, dotted, value } from './words.ts'

/** An open issue, with what may be done about it and the triggers that its step may meet. */
export function issueMessage(state: CutoverState, issue: Issue): Content {
  const owner = issue.owner === undefined ? '' : `${ownerText(state, issue.owner)}  `
  const step = issue.step === undefined ? undefined : state.plan.steps[issue.step]
  const triggers = state.plan.rollback.triggers.filter(
    (one) => one.urgency !== 'never' && issue.step !== undefined && one.steps.includes(issue.step),
  )
  const head = `${owner}*Issue ${value(issue.id)}* · ${issueWords(issue)}`
  const lines = [
    head,
    value(issue.text, 1_500),
    dotted([
      `by ${actor(issue.by)} ${clock(issue.at)}`,
      step !== undefined && `about “${value(step.title, 100)}”`,
    ]),
    ...triggers.map((one) => `The trigger “${value(one.text, 200)}” says: *${URGENCY[one.urgency]}*.`),
  ]
  const buttons: Button[] = [
    ...(isOffered(state, 'change issue')
      ? [button({ action: ACTIONS.changeIssue, label: 'Change…', value: cutoverValue(state, issue.id) })]
      : []),
    ...(isOffered(state, 'close issue')
      ? [button({ action: ACTIONS.closeIssue, label: 'Close…', value: cutoverValue(state, issue.id) })]
      : []),
    ...(triggers.length > 0 ? rollbackButton(state) : []),
  ]
  return message(`${owner}Issue ${issue.id}, ${issue.severity}: ${value(issue.text, 300)}`, [
    section(lines.join('\n')),
    ...actions(buttons),
  ])
}

const issueWords = ({ severity, kind }: Issue): string =>
  `${severity === 'high' || severity === 'critical' ? `*${severity.toUpperCase()}*` : severity} · ${kind}`

export const closedIssue = (issue: Issue): Content =>
  settledLine(
    `✓ Issue ${value(issue.id)} closed${issue.closedBy === undefined ? '' : ` by ${actor(issue.closedBy)}`}${
      issue.closedAt === undefined ? '' : ` ${clock(issue.closedAt)}`
    } · ${value(issue.text, 150)}${issue.resolution === undefined ? '' : `: ${value(issue.resolution, 300)}`}`,
  )
