import { blockerOf } from '../../domain/blockers.ts'
import { lastAttempt } from '../../domain/lookup.ts'
import type { AttemptState, Blocker, CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import type { ButtonSpec } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { actor, clock, value } from './words.ts'

/** `pid 4121 (reporting, idle in transaction, 6 min)`. */
export const blockerText = ({ pid, app, role, state, openMs }: Blocker): string => {
  const parts = [app === '' ? 'no application name' : app, role, state, durationText(openMs)]
  return `pid ${pid} (${parts
    .filter((part) => part !== '')
    .map((part) => value(part, 60))
    .join(', ')})`
}

/** Nothing can be cancelled of a session that runs no query, and once in vain is enough. */
const mustEnd = (blocker: Blocker, { unblocking }: Pick<AttemptState, 'unblocking'>): boolean =>
  blocker.state.startsWith('idle') || (unblocking?.pid === blocker.pid && unblocking.freed === false)

/** The button that asks the session in the way; it is never pressed by itself, and says whom it hits. */
export function blockerSpecs(state: CutoverState, step: string): ButtonSpec[] {
  const blocker = blockerOf(state, step)
  const attempt = lastAttempt(state, step)
  if (blocker === undefined || attempt === undefined) return []
  const ends = mustEnd(blocker, attempt)
  const what = ends
    ? 'Its session is ended: what it has not committed is lost, and its program must connect anew.'
    : 'Its query is cancelled: what it has not committed is lost; the session stays.'
  const doing = blocker.query === '' ? '' : ` It runs: ${blocker.query}.`
  return [
    {
      action: ends ? ACTIONS.endBlocker : ACTIONS.unblock,
      label: ends ? 'End the blocker’s session…' : 'Ask the blocker to stop…',
      style: 'danger',
      value: {
        cutover: state.id,
        subject: step,
        revision: state.steps[step]?.revision ?? 0,
        part: String(blocker.pid),
      },
      confirm: {
        title: ends ? 'End the session?' : 'Cancel its query?',
        text: `${blockerText(blocker)} holds ${value(blocker.lockOn, 80)}.${doing} ${what}`.slice(0, 290),
        yes: ends ? 'End it' : 'Cancel it',
      },
    },
  ]
}

/** Who is in the way, and what came of asking. */
export function blockerLines(state: CutoverState, step: string): readonly string[] {
  const attempt = lastAttempt(state, step)
  const blocker = blockerOf(state, step)
  const asked = attempt?.unblocking
  const verb = attempt?.status === 'ended' ? 'waited' : 'waits'
  return [
    ...(blocker === undefined
      ? []
      : [
          `It ${verb} for ${value(blocker.lockOn, 80)}, held by *${blockerText(blocker)}* since ${clock(blocker.since)}.`,
        ]),
    ...(asked === undefined
      ? []
      : [
          `${actor(asked.by)} asked pid ${asked.pid} to ${asked.how === 'end' ? 'end' : 'stop'} ${clock(asked.at)}: ${value(asked.result ?? 'no answer yet', 200)}`,
        ]),
  ]
}
