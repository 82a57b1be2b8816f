import { liveAttempt, openQuestion } from '../../domain/lookup.ts'
import { asksForApproval } from '../../domain/notices.ts'
import { stepsInHand } from '../../domain/order.ts'
import type { CutoverState } from '../../domain/state.ts'
import {
  answeredMessage,
  needMessage,
  needOf,
  overrunMessage,
  settledNeed,
  timeoutMessage,
  waitingMessage,
  type Need,
} from '../views/need.ts'
import { blockedMessage, unblockedMessage } from '../views/blocker-message.ts'
import { refusedMessage, unapprovedMessage } from '../views/draft.ts'
import { overMessage } from '../views/said.ts'
import { era, type DesiredMessage } from './kinds.ts'

/** What needs a person now, and what is left of what did. */
export function needMessages(state: CutoverState, posted: ReadonlySet<string>): readonly DesiredMessage[] {
  const present = needs(state).map((need) => ({
    ...message(keyOf(state, need), need.step),
    content: needMessage(state, need.step),
  }))
  const remarks = [...remarksOf(state), ...unapproved(state), ...refused(state)]
  const keys = new Set([...present, ...remarks].map(({ key }) => key))
  const settled = [...posted]
    .filter((key) => /^(need|overran|timed-out|asks|unapproved|refused)\//.test(key) && !keys.has(key))
    .flatMap((key) => settledMessage(state, key))
  return [...settled, ...present, ...remarks]
}

/** In the order of carrying out; a stopped rollback has no step in hand and still asks. */
function needs(state: CutoverState): readonly Need[] {
  const inHand = state.status === 'rollback stopped' ? (state.rollback?.order ?? []) : stepsInHand(state)
  const undeclared = Object.keys(state.steps).filter(
    (id) => state.steps[id]?.status === 'unknown' && !inHand.includes(id),
  )
  const around = state.status === 'rolled back' ? (state.rollback?.order ?? []) : []
  // Notices that an occasion calls for stand in no phase and ask at any time.
  const notices = Object.values(state.plan.steps)
    .filter(({ place }) => place === 'notice')
    .map(({ id }) => id)
  return [...new Set([...undeclared, ...inHand, ...around, ...notices])].flatMap(
    (id) => needOf(state, id) ?? [],
  )
}

const message = (key: string, step: string) =>
  ({ kind: 'message', key, channel: 'own', priority: 'card', about: [step] }) as const

const keyOf = (state: CutoverState, { step, n }: Need): string => `need/${step}/${n}${era(state)}`

const refused = (state: CutoverState): readonly DesiredMessage[] =>
  Object.entries(state.steps).flatMap(([id, own]) =>
    own.refused === undefined
      ? []
      : [
          {
            ...message(`refused/${id}/${own.called?.n ?? 0}${era(state)}`, id),
            content: refusedMessage(state, id),
          },
        ],
  )

/** Said once for each text whose time has passed without approval: whoever is asked is called again. */
const unapproved = (state: CutoverState): readonly DesiredMessage[] =>
  Object.values(state.plan.steps).flatMap((step) => {
    const own = state.steps[step.id]
    const isWaiting =
      step.kind === 'tell' && own?.status === 'due' && own.lateMs !== undefined && asksForApproval(own)
    if (!isWaiting) return []
    const key = `unapproved/${step.id}/${own.called?.n ?? 0}${era(state)}`
    return [{ ...message(key, step.id), content: unapprovedMessage(state, step.id) }]
  })

/** Said once for the attempt that takes long. */
function remarksOf(state: CutoverState): readonly DesiredMessage[] {
  return Object.keys(state.steps).flatMap((id) => {
    const own = state.steps[id]
    const attempt = liveAttempt(state, id)
    const n = attempt?.n ?? 0
    const isAtWork = attempt !== undefined || (own?.status === 'due' && own.overranMs !== undefined)
    if (own === undefined || !isAtWork) return []
    const overran =
      own.overranMs === undefined
        ? []
        : [{ ...message(`overran/${id}/${n}${era(state)}`, id), content: overrunMessage(state, id) }]
    const timedOut =
      own.timedOut === true
        ? [{ ...message(`timed-out/${id}/${n}${era(state)}`, id), content: timeoutMessage(state, id) }]
        : []
    const asks =
      attempt === undefined || openQuestion(attempt) === undefined
        ? []
        : [{ ...message(`asks/${id}/${n}${era(state)}`, id), content: waitingMessage(state, id) }]
    const blocked =
      attempt?.blocker === undefined
        ? []
        : [{ ...message(`blocked/${id}/${n}${era(state)}`, id), content: blockedMessage(state, id) }]
    return [...overran, ...timedOut, ...asks, ...blocked]
  })
}

/** One line stays; what belonged to another scheduling is over in any case. */
function settledMessage(state: CutoverState, key: string): readonly DesiredMessage[] {
  const [kind = '', step = '', n = '', ...rest] = key.split('/')
  const isOurs =
    state.steps[step] !== undefined && (rest.length === 0 ? '' : `/${rest.join('/')}`) === era(state)
  const settled = {
    need: () => settledNeed(state, { step, n: Number(n) }),
    asks: () => answeredMessage(state, step),
    blocked: () => unblockedMessage(state, step),
  }
  const content = isOurs && isSettled(kind) ? settled[kind]() : undefined
  if (kind === 'overran' || kind === 'unapproved' || kind === 'refused') return []
  return [
    { ...message(key, step), content: content ?? overMessage(key, state), onlyIfPosted: true, settled: true },
  ]
}

const isSettled = (kind: string): kind is 'need' | 'asks' | 'blocked' =>
  kind === 'need' || kind === 'asks' || kind === 'blocked'
