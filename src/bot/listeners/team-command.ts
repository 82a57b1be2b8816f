import type { PersonCommand } from '../../domain/commands.ts'
import { ISSUE_KINDS, SEVERITIES } from '../../domain/team/state.ts'
import { ACTIONS, type ActionId, type ButtonValue } from '../ids.ts'
import type { Words } from './person-command.ts'

type Maker = (button: ButtonValue, words: Words) => PersonCommand

const severityIn = ({ severity }: Words) => {
  const known = SEVERITIES.find((one) => one === severity)
  return known === undefined ? {} : { severity: known }
}

const kindIn = ({ kind }: Words) => {
  const known = ISSUE_KINDS.find((one) => one === kind)
  return known === undefined ? {} : { kind: known }
}

/** A person who was picked comes before what was written. */
const ownerIn = ({ person, role, owner }: Words) => {
  const meant = person ?? role ?? owner
  return meant === undefined ? {} : { owner: meant }
}

const reasonIn = ({ reason }: Words) => (reason === undefined ? {} : { text: reason })

const acknowledge =
  (answer: 'yes' | 'no'): Maker =>
  ({ part = '' }) => {
    const [role, says] = part.split('/')
    return {
      type: 'ack',
      answer,
      ...(role === undefined || role === '' ? {} : { role }),
      ...(says === 'available' || says === 'present' ? { says } : {}),
    }
  }

/** What people say of issues, troubles, themselves, and what is left to do. */
export const TEAM_COMMANDS: { readonly [Action in ActionId]?: Maker } = {
  [ACTIONS.openIssue]: ({ subject, cutover }, words) => ({
    type: 'issue',
    text: words.note ?? '',
    ...severityIn(words),
    ...kindIn(words),
    ...ownerIn(words),
    ...(subject === cutover ? {} : { step: subject }),
  }),
  [ACTIONS.changeIssue]: ({ part = '' }, words) => ({
    type: 'change issue',
    issue: part,
    ...severityIn(words),
    ...kindIn(words),
    ...ownerIn(words),
    ...(words.note === undefined ? {} : { text: words.note }),
  }),
  [ACTIONS.closeIssue]: ({ part = '' }, words) => ({
    type: 'close issue',
    issue: words.part ?? part,
    ...reasonIn(words),
  }),
  [ACTIONS.takeOn]: ({ part }) => ({ type: 'take on', ...(part === undefined ? {} : { subject: part }) }),
  [ACTIONS.ackYes]: acknowledge('yes'),
  [ACTIONS.ackNo]: acknowledge('no'),
  [ACTIONS.acceptCheckpoint]: ({ part = '' }, { reason = '' }) => ({
    type: 'accept checkpoint',
    phase: part,
    reason,
  }),
  [ACTIONS.allowChange]: (_, { note = '', reason = '' }) => ({ type: 'allow change', text: note, reason }),
  [ACTIONS.addFollowUp]: (_, words) => ({
    type: 'add follow-up',
    title: words.note ?? '',
    ...ownerIn(words),
    ...(words.time === undefined ? {} : { due: words.time }),
  }),
  [ACTIONS.closeFollowUp]: ({ part = '' }, words) => ({
    type: 'close follow-up',
    followUp: words.part ?? part,
    ...reasonIn(words),
  }),
  [ACTIONS.waiveFollowUp]: ({ part = '' }, words) => ({
    type: 'waive follow-up',
    followUp: words.part ?? part,
    reason: words.reason ?? '',
  }),
  [ACTIONS.forget]: () => ({ type: 'forget' }),
  [ACTIONS.debrief]: (_, { wentWell, improve, actions = '' }) => ({
    type: 'debrief',
    actions: actions.split('\n'),
    ...(wentWell === undefined ? {} : { wentWell }),
    ...(improve === undefined ? {} : { improve }),
  }),
  [ACTIONS.userReport]: (_, words) => ({
    type: 'user report',
    text: words.note ?? '',
    ...(words.ticket === undefined ? {} : { ticket: words.ticket }),
    ...(words.count === undefined ? {} : { count: Number(words.count) }),
  }),
}
