import type { Loaded } from '../../app/ports.ts'
import { availableActions, gateChoices } from '../../domain/choices.ts'
import type { CutoverAction, GateAction } from '../../domain/permissions.ts'
import type { PersonId } from '../../domain/plan.ts'
import { COMMAND } from '../ids.ts'
import { USAGE, type Verb } from '../grammar.ts'
import { value } from './words.ts'

/** Words of `/cutover` that the permission table speaks about. */
const ACTS: { readonly [V in Verb]?: CutoverAction | GateAction } = {
  go: 'go',
  'no-go': 'no-go',
  round: 'round',
  hold: 'hold',
  resume: 'resume',
  rollback: 'rollback',
  postpone: 'postpone',
  abandon: 'abandon',
  assign: 'assign',
  note: 'note',
  issue: 'issue',
  change: 'allow change',
  'take-on': 'take on',
  ack: 'ack',
  'follow-up': 'add follow-up',
  debrief: 'debrief',
  report: 'user report',
  forget: 'forget',
}

/** The grammar, with what this person may do now first. */
export function helpText(person: PersonId, loaded: Loaded | null): string {
  const lines = Object.entries(USAGE).map(([verb, { usage, does }]) => ({
    may: isVerb(verb) && maySay(verb, person, loaded),
    line: `• \`${COMMAND} ${usage}\` — ${does}`,
  }))
  const now = lines.filter(({ may }) => may).map(({ line }) => line)
  const rest = lines.filter(({ may }) => !may).map(({ line }) => line)
  if (loaded === null) return [...now, ...rest].join('\n')
  const { plan } = loaded.state
  return [
    `*${value(plan.title)}* · ${value(plan.environment)} · ${loaded.state.status}`,
    '*You may now*',
    ...now,
    ...(rest.length === 0 ? [] : ['*Not now, or not yours*', ...rest]),
    'Steps and decisions have their buttons in the channel.',
  ].join('\n')
}

const isVerb = (verb: string): verb is Verb => Object.hasOwn(USAGE, verb)

function maySay(verb: Verb, person: PersonId, loaded: Loaded | null): boolean {
  const action = ACTS[verb]
  if (action === undefined || loaded === null) return action === undefined
  const { state, now } = loaded
  if (action === 'go' || action === 'no-go' || action === 'round') {
    return Object.keys(state.gates).some((gate) =>
      gateChoices(state, gate, now, person).gate.includes(action),
    )
  }
  const may = availableActions(state, person)
  return may.includes(action) || (verb === 'postpone' && may.includes('reschedule'))
}
