import type { KnownBlock, ModalView } from '@slack/types'
import { TIME_FORMS } from '../../app/parse-time.ts'
import { openFollowUps } from '../../domain/team/follow-ups.ts'
import { openIssues } from '../../domain/team/issues.ts'
import type { Issue } from '../../domain/team/state.ts'
import { ISSUE_KINDS, SEVERITIES } from '../../domain/team/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { context, input, OPTION_MAX, section } from '../blocks.ts'
import { ACTIONS, FORMS, type ActionId, type ButtonValue } from '../ids.ts'
import { INPUTS, remember } from './forms.ts'
import { menu, modal, someone, typed, type Choice } from './modal.ts'
import { actor, clock, value } from './words.ts'

interface TeamForm {
  readonly title: string
  readonly submit: string
  readonly says?: string
  readonly inputs: (state: CutoverState, button: ButtonValue) => readonly KnownBlock[]
}

const text = (
  id: string,
  label: string,
  more: { initial?: string; optional?: boolean; hint?: string } = {},
) =>
  input({
    id,
    label,
    element: typed({ long: true, ...(more.initial === undefined ? {} : { initial: more.initial }) }),
    ...(more.hint === undefined ? {} : { hint: more.hint }),
    optional: more.optional ?? false,
  })

const line = (id: string, label: string, hint?: string) =>
  input({ id, label, element: typed(), optional: true, ...(hint === undefined ? {} : { hint }) })

const why = (label: string, optional = false) => text(INPUTS.reason, label, { optional })

const words = (choices: readonly string[]): Choice[] => choices.map((one) => ({ label: one, value: one }))

const severity = (issue?: Issue) =>
  input({
    id: INPUTS.severity,
    label: 'Severity',
    element: menu(words(SEVERITIES), { initial: issue?.severity ?? 'medium' }),
  })

const kind = (issue?: Issue) =>
  input({
    id: INPUTS.kind,
    label: 'Kind',
    element: menu(words(ISSUE_KINDS), { initial: issue?.kind ?? 'technical' }),
  })

const owner = (label: string) => input({ id: INPUTS.person, label, element: someone(), optional: true })

/** Where a button stands for several, which of them; one alone is not asked for. */
function which(label: string, choices: readonly Choice[], { part = '' }: ButtonValue): readonly KnownBlock[] {
  const usable = choices.filter((one) => one.value.length <= OPTION_MAX)
  if (usable.length < 2) return []
  return [input({ id: INPUTS.part, label, element: menu(usable, { initial: part }) })]
}

const issueChoices = (state: CutoverState): readonly Choice[] =>
  openIssues(state).map(({ id, text: label }) => ({ label, value: id }))

const followUpChoices = (state: CutoverState): readonly Choice[] =>
  openFollowUps(state).map(({ id, title }) => ({ label: title, value: id }))

const due = (state: CutoverState) =>
  line(
    INPUTS.time,
    'Due',
    `${TIME_FORMS.replaceAll('`', '')}. Without a zone it is ${state.plan.window.zone}; in a week unless said.`,
  )

const FORMS_OF: { readonly [Action in ActionId]?: TeamForm } = {
  [ACTIONS.openIssue]: {
    title: 'Open an issue',
    submit: 'Open it',
    says: 'High and critical ones call people, level by level, until somebody has them.',
    inputs: () => [text(INPUTS.note, 'What is wrong?'), severity(), kind(), owner('Who sees to it?')],
  },
  [ACTIONS.changeIssue]: {
    title: 'Change the issue',
    submit: 'Change it',
    inputs: (state, { part }) => {
      const issue = state.issues.find((one) => one.id === part)
      const initial = issue === undefined ? {} : { initial: issue.text }
      return [
        text(INPUTS.note, 'What is wrong?', initial),
        severity(issue),
        kind(issue),
        owner('Who sees to it?'),
      ]
    },
  },
  [ACTIONS.closeIssue]: {
    title: 'Close an issue',
    submit: 'Close it',
    inputs: (state, button) => [
      ...which('Issue', issueChoices(state), button),
      why('What became of it?', true),
    ],
  },
  [ACTIONS.acceptCheckpoint]: {
    title: 'Go on anyway',
    submit: 'Go on',
    says: 'The next phase begins although this checkpoint failed. A deviation, with your name.',
    inputs: () => [why('Why?')],
  },
  [ACTIONS.allowChange]: {
    title: 'Allow a change',
    submit: 'Allow it',
    says: 'For what cannot wait although nothing else may change. It stands at the next decision, with your name; whoever has said GO decides again.',
    inputs: (_, { part }) => [
      text(INPUTS.note, 'What may change?', part === undefined ? {} : { initial: part }),
      why('Why can it not wait?'),
    ],
  },
  [ACTIONS.addFollowUp]: {
    title: 'Add a follow-up',
    submit: 'Add it',
    inputs: (state) => [text(INPUTS.note, 'What is to be done?'), owner('Whose is it?'), due(state)],
  },
  [ACTIONS.closeFollowUp]: {
    title: 'Close a follow-up',
    submit: 'Close it',
    inputs: (state, button) => [
      ...which('Follow-up', followUpChoices(state), button),
      why('What became of it?', true),
    ],
  },
  [ACTIONS.waiveFollowUp]: {
    title: 'Waive a follow-up',
    submit: 'Waive it',
    says: 'It is not done, and that is fine. The reason stands in the record.',
    inputs: (state, button) => [...which('Follow-up', followUpChoices(state), button), why('Why?')],
  },
  [ACTIONS.debrief]: {
    title: 'Debrief',
    submit: 'Hand it in',
    says: 'For the record, with your name. Each action becomes a follow-up of yours.',
    inputs: () => [
      text(INPUTS.wentWell, 'What went well?', { optional: true }),
      text(INPUTS.improve, 'What should be better next time?', { optional: true }),
      text(INPUTS.actions, 'Actions', { optional: true, hint: 'A line each.' }),
    ],
  },
  [ACTIONS.userReport]: {
    title: 'Report from a user',
    submit: 'File it',
    inputs: () => [
      text(INPUTS.note, 'What do they say?'),
      line(INPUTS.ticket, 'Ticket'),
      line(INPUTS.count, 'How many people?', 'One unless said.'),
    ],
  },
}

export const isTeamForm = (action: ActionId): boolean => FORMS_OF[action] !== undefined

/** The form for one of the words about issues, checkpoints, follow-ups and the debrief. Null for other actions. */
export function teamForm(
  state: CutoverState,
  { action, button }: { readonly action: ActionId; readonly button: ButtonValue },
): ModalView | null {
  const form = FORMS_OF[action]
  if (form === undefined) return null
  return modal({
    id: FORMS.act,
    title: form.title,
    submit: form.submit,
    memory: remember({ ...button, action }),
    blocks: [
      section(aboutText(state, action, button)),
      ...(form.says === undefined ? [] : [context(form.says)]),
      ...form.inputs(state, button),
    ],
  })
}

function aboutText(state: CutoverState, action: ActionId, { subject, part }: ButtonValue): string {
  const issue = state.issues.find((one) => one.id === part)
  const isOfOne = action === ACTIONS.changeIssue || openIssues(state).length < 2
  if ((action === ACTIONS.closeIssue || action === ACTIONS.changeIssue) && issue !== undefined && isOfOne)
    return `*Issue ${value(issue.id)}* ${value(issue.text, 500)} — by ${actor(issue.by)} ${clock(issue.at)}`
  if (action === ACTIONS.acceptCheckpoint)
    return `*Checkpoint* of ${value(state.plan.phases.find(({ id }) => id === part)?.title ?? part ?? '')}`
  const followUp = state.followUps.find((one) => one.id === part)
  const isFollowUp = action === ACTIONS.closeFollowUp || action === ACTIONS.waiveFollowUp
  if (isFollowUp && followUp !== undefined && openFollowUps(state).length < 2)
    return `*Follow-up* ${value(followUp.title, 500)}`
  const step = state.plan.steps[subject]
  return `*${value(step?.title ?? state.plan.title)}*`
}
