import { liveAttempt, stepState } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'
import { ackKey, acksAsked, unansweredAcks } from '../../domain/team/acks.ts'
import { openFollowUps } from '../../domain/team/follow-ups.ts'
import { openIssues } from '../../domain/team/issues.ts'
import { settledLine, type Content } from '../blocks.ts'
import { ackedLine, ackMessage } from '../views/acks.ts'
import { debriefMessage, followUpsMessage, reminderMessage, shiftMessage } from '../views/afterwards.ts'
import { breachMessage } from '../views/breach.ts'
import { changeMessage } from '../views/changes.ts'
import { checkpointMessage } from '../views/checkpoint.ts'
import { calledLine, escalationMessage } from '../views/escalation.ts'
import { closedIssue, issueMessage } from '../views/issues.ts'
import { value } from '../views/words.ts'
import { era, type DesiredMessage, type Look } from './kinds.ts'

/** What people under way tell each other: each asking is a message of its own, and shrinks to a line when answered. */
export const teamMessages = (state: CutoverState, look: Look): readonly DesiredMessage[] =>
  withSettled(state, look, /^(issue|ack|called|breach)\//, [
    ...checkpoints(state),
    ...changes(state),
    ...issues(state),
    ...asked(state),
    ...called(state),
    ...breaches(state),
  ])

/** What is left when it is over: who is on call, what is to be done, what was learnt. */
export const afterwardsMessages = (state: CutoverState, look: Look): readonly DesiredMessage[] =>
  withSettled(state, look, /^(shift|reminder)\//, [
    ...one('shift', shiftKey(state), shiftMessage(state)),
    ...one('follow-ups', `follow-ups${era(state)}`, followUpsMessage(state)),
    ...reminders(state),
    ...one('debrief', `debrief/${endKey(state)}`, debriefMessage(state, look.now)),
  ])

function withSettled(
  state: CutoverState,
  { posted }: Look,
  ours: RegExp,
  present: readonly DesiredMessage[],
): readonly DesiredMessage[] {
  const keys = new Set(present.map(({ key }) => key))
  const settled = [...posted]
    .filter((key) => ours.test(key) && !keys.has(key))
    .map((key): DesiredMessage => ({
      ...common(key),
      content: settledContent(state, key),
      onlyIfPosted: true,
      settled: true,
    }))
  return [...settled, ...present]
}

const common = (key: string) => ({ kind: 'message', key, channel: 'own', priority: 'card' }) as const

const one = (about: string, key: string, content: Content | null): readonly DesiredMessage[] =>
  content === null ? [] : [{ ...common(key), about: [about], content }]

const checkpoints = (state: CutoverState): readonly DesiredMessage[] =>
  state.plan.phases.flatMap((phase) => {
    const checkpoint = state.checkpoints[phase.id]
    if (checkpoint === undefined) return []
    const key = `checkpoint/${phase.id}/${checkpoint.at.toString(36)}${era(state)}`
    return one(state.id, key, checkpointMessage(state, phase, checkpoint))
  })

const changes = (state: CutoverState): readonly DesiredMessage[] =>
  state.changes.flatMap((change, index) => one(state.id, `change/${index + 1}`, changeMessage(state, change)))

const issues = (state: CutoverState): readonly DesiredMessage[] =>
  openIssues(state).flatMap((issue) => one(state.id, `issue/${issue.id}`, issueMessage(state, issue)))

const asked = (state: CutoverState): readonly DesiredMessage[] =>
  unansweredAcks(state).flatMap(({ ask, ack }) =>
    one(state.id, `ack/${ackKey(ask.role, ask.says)}/${ack.n}`, ackMessage(state, ask, ack)),
  )

/** The level that was called last, while nobody has it. */
const called = (state: CutoverState): readonly DesiredMessage[] =>
  Object.entries(state.escalations).flatMap(([subject, { level, since, taken }]) =>
    level === 0 || taken !== undefined
      ? []
      : one(
          state.id,
          `called/${since.toString(36)}/${level}/${subject}`,
          escalationMessage(state, subject, level),
        ),
  )

const breaches = (state: CutoverState): readonly DesiredMessage[] =>
  Object.values(state.plan.steps).flatMap(({ id, kind }) => {
    if (kind !== 'watch' || stepState(state, id).breaches.length === 0) return []
    return one(id, `breach/${liveAttempt(state, id)?.n ?? 0}/${id}`, breachMessage(state, id))
  })

const reminders = (state: CutoverState): readonly DesiredMessage[] =>
  openFollowUps(state)
    .filter(({ reminders: times }) => times > 0)
    .flatMap((followUp) =>
      one(state.id, `reminder/${followUp.reminders}/${followUp.id}`, reminderMessage(state, followUp)),
    )

/** Handing over in the middle of a turn tells who has it now. */
function shiftKey({ shift, completedAt = 0, holders }: CutoverState): string {
  const person = holders[shift?.role ?? '']?.person ?? ''
  return `shift/${completedAt.toString(36)}/${shift?.n ?? 0}/${person}`
}

/** A cutover that was turned back after it was completed has two ends. */
const endKey = ({ completedAt, rollback, endedAt = 0 }: CutoverState): string =>
  (completedAt ?? rollback?.finishedAt ?? endedAt).toString(36)

function settledContent(state: CutoverState, key: string): Content {
  const [kind, ...rest] = key.split('/')
  if (kind === 'issue') {
    const issue = state.issues.find(({ id }) => id === rest[0])
    if (issue !== undefined) return closedIssue(issue)
  }
  if (kind === 'ack') {
    const ask = acksAsked(state.plan).find(({ role, says }) => role === rest[0] && says === rest[1])
    if (ask !== undefined) {
      const ack = state.acks[ackKey(ask.role, ask.says)]
      return ackedLine(state, ask, ack?.n === Number(rest[2]) ? ack : undefined)
    }
  }
  if (kind === 'shift') return settledLine('– This turn of being on call is over or handed on')
  if (kind === 'breach') {
    const title = state.plan.steps[rest[1] ?? '']?.title ?? ''
    return settledLine(`– Not looked at any more · ${value(title, 150)}`)
  }
  if (kind === 'called') return calledLine(state, rest.slice(2).join('/'), Number(rest[1]))
  const followUp = state.followUps.find(({ id }) => id === rest.slice(1).join('/'))
  return settledLine(
    followUp?.closed === undefined
      ? '– Reminded again below'
      : `${followUp.closed.waived ? '– Waived' : '✓ Done'} · ${value(followUp.title, 150)}`,
  )
}
