import { dueChoices } from '../../domain/alternatives.ts'
import { isOver } from '../../domain/lookup.ts'
import type { Instant } from '../../domain/plan.ts'
import { unansweredAcks } from '../../domain/team/acks.ts'
import { instantOf } from '../../domain/time.ts'
import type { CutoverState } from '../../domain/state.ts'
import { board } from '../views/board.ts'
import { plainMessage } from '../views/said.ts'
import { kindOfCutover } from '../views/words.ts'
import { choiceMessages } from './desired-choices.ts'
import { gateMessages } from './desired-gates.ts'
import { lifeMessages } from './desired-life.ts'
import { missedElsewhere, missedMessages } from './desired-missed.ts'
import { needMessages } from './desired-needs.ts'
import { opsMessages } from './desired-ops.ts'
import { phaseMessages } from './desired-phases.ts'
import { afterwardsMessages, teamMessages } from './desired-team.ts'
import { threadMessages } from './desired-threads.ts'
import {
  marker,
  REPLACED,
  type Desired,
  type DesiredChannel,
  type DesiredMessage,
  type Look,
} from './kinds.ts'

/**
 * Everything that Slack should show of a cutover now, first posts in this order. Pure: what was missed in between is
 * not in it, so that an outage heals without a flood.
 */
export function desired(state: CutoverState, given: Look): readonly Desired[] {
  // Ages and what is left change together, once a minute.
  const look = { ...given, now: Math.floor(given.now / MINUTE_MS) * MINUTE_MS }
  const ops = [...missedElsewhere(look), ...opsMessages(state, look)]
  if (!hasChannel(state, given)) return ops
  return [
    channelOf(state),
    ...replacedMessage(look),
    {
      kind: 'message',
      key: 'board',
      channel: 'own',
      // What it says at the end must stand there when the timeline does, also if nobody is here later to change it.
      priority: isAtEnd(state) ? 'decision' : 'board',
      about: [state.id],
      content: board(state, look),
    },
    { kind: 'pin', key: 'pin/board', message: 'board' },
    ...missedMessages(look),
    ...phaseMessages(state),
    ...gateMessages(state, look),
    ...choiceMessages(state, look.now),
    ...threadMessages(state, look),
    ...needMessages(state, look.posted),
    ...teamMessages(state, look),
    ...lifeMessages(state, look),
    ...afterwardsMessages(state, look),
    ...ops,
  ]
}

/** Whoever finds himself in another channel is told why. */
const replacedMessage = ({ posted }: Look): readonly DesiredMessage[] =>
  posted.has(REPLACED)
    ? [
        {
          kind: 'message',
          key: 'replaced/told',
          channel: 'own',
          priority: 'decision',
          content: plainMessage(REPLACED_TEXT),
          settled: true,
        },
      ]
    : []

const REPLACED_TEXT =
  '*This channel takes the place of the one before*, which was archived or deleted by hand while the cutover goes on. What stands is shown anew below; nothing of the record was lost.'

const isAtEnd = ({ status }: CutoverState): boolean => isOver(status) || status === 'guarded'

/**
 * Made when the cutover opens or at `channel.at`, whichever is later, and before that as soon as somebody is asked for
 * something: nobody would see it anywhere else. What exists stays.
 */
function hasChannel(state: CutoverState, { now, posted }: Look): boolean {
  if (posted.has('channel')) return true
  const { at } = state.plan.channel
  const from = at === undefined ? state.openedAt : instantOf(state, at)
  if (from !== null && from <= now) return true
  return isOver(state.status) ? false : state.status !== 'scheduled' || somebodyIsAsked(state, now)
}

const somebodyIsAsked = (state: CutoverState, now: Instant): boolean =>
  needMessages(state, new Set()).length > 0 ||
  dueChoices(state, now).length > 0 ||
  unansweredAcks(state).length > 0 ||
  Object.values(state.gates).some(({ open }) => open)

const MINUTE_MS = 60_000
const TOPIC_MAX = 250
const BOOKMARKS_MAX = 20

function channelOf(state: CutoverState): DesiredChannel {
  const { plan } = state
  const holders = Object.values(state.holders).flatMap(({ person, backup }) =>
    backup === undefined ? [person] : [person, backup],
  )
  return {
    kind: 'channel',
    key: 'channel',
    name: state.channelName,
    isPrivate: plan.channel.isPrivate,
    topic: cut(`${plan.title} · ${plan.environment} · ${kindOfCutover(state)} · ${state.status}`),
    purpose: cut(`${plan.title}, carried out by Cutover. ${marker(state.id)}`),
    members: [...new Set([state.opener, ...holders])].filter((person) => person !== 'rehearsal'),
    bookmarks: Object.entries(plan.links)
      .filter(([, url]) => /^https?:\/\//.test(url))
      .slice(0, BOOKMARKS_MAX)
      .map(([title, url]) => ({ title, url })),
  }
}

/** The marker stands at the end and must survive. */
function cut(text: string): string {
  if (text.length <= TOPIC_MAX) return text
  const end = text.slice(-60)
  return `${text.slice(0, TOPIC_MAX - 62)}… ${end}`
}
