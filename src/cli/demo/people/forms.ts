import { INPUTS, inputOf } from '../../../bot/views/forms.ts'
import type { ShownView } from './control.ts'
import { STAND_IN, TEAM } from './team.ts'

/** What people write into the fields that the runbook asks for. */
const FIELDS: Readonly<Record<string, string>> = {
  reviewers: 'Ana, Giorgi and Nino',
  location: 'ward-db, beside the backup',
  cause: 'A job from the old crontab wrote to PostgreSQL while we compared',
  logs: 'In the thread of the comparison',
}

/** Answers to a form from what it shows: every item is done, every field filled in, a name typed as it asks. */
export function answersTo(view: ShownView, reason: string): Readonly<Record<string, string>> {
  const answers = view.inputs.flatMap(({ id, label, type }) => {
    const [kind, name = ''] = id.split('/')
    if (id === INPUTS.reason) return [[id, reason]]
    if (id === INPUTS.name) return [[id, /“(.+?)”/.exec(label)?.[1] ?? '']]
    if (id === INPUTS.running) return [[id, 'cancel']]
    if (id === INPUTS.trigger) return [[id, 'copy-failed']]
    if (kind === 'item' && type === 'radio_buttons') return [[id, 'done']]
    if (kind === 'field') return [[id, FIELDS[name] ?? 'nothing to say']]
    return []
  })
  return Object.fromEntries(answers)
}

/** The start form: the demo's environment, an hour from now, each role with its holder. */
export function openingAnswers(runbook: string): Readonly<Record<string, string>> {
  const holders = Object.entries(TEAM).map(([role, person]) => [inputOf.holder(role), person])
  return {
    [INPUTS.runbook]: runbook,
    [inputOf.environment(runbook)]: 'demo',
    [INPUTS.start]: '+60m',
    ...Object.fromEntries(holders),
    [inputOf.backup('lead')]: STAND_IN,
  }
}
