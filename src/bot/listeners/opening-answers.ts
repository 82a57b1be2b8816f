import type { OpeningRequest, RunbookSummary } from '../../app/open-cutover.ts'
import { parseTime, TIME_FORMS } from '../../app/parse-time.ts'
import type { Instant } from '../../domain/plan.ts'
import type { Holder } from '../../domain/state.ts'
import { INPUTS, inputOf } from '../views/forms.ts'
import { answersUnder, type FormAnswers } from './form-answers.ts'

/** The start form as a request to open, and what is wrong with it, by block_id. Times left out count as now. */
export function readOpening(
  summary: RunbookSummary,
  environment: string,
  answers: FormAnswers,
  now: Instant,
): { readonly request: OpeningRequest; readonly errors: Readonly<Record<string, string>> } {
  const typed = answers.get(INPUTS.start) ?? ''
  const start = parseTime(typed, summary.zone, now)
  const isLive = summary.environments.some(({ name, live }) => name === environment && live)
  const vars = answersUnder(answers, inputOf.variable)
  const asked = new Set(summary.ask.map(({ name }) => name))
  const reason = answers.get(INPUTS.reason)
  const known = new Set(summary.choices.map(({ id }) => id))
  const choices = Object.entries(answersUnder(answers, inputOf.choice)).filter(([id]) => known.has(id))
  return {
    request: {
      runbook: summary.runbook,
      environment,
      plannedStart: start ?? now,
      holders: Object.fromEntries(summary.roles.flatMap(({ role }) => holderOf(role, answers))),
      vars: Object.fromEntries(Object.entries(vars).filter(([name]) => asked.has(name))),
      choices: Object.fromEntries(choices),
      ...(reason === undefined ? {} : { reason }),
    },
    errors: {
      ...timeErrors(typed, start, now),
      ...Object.assign({}, ...summary.roles.map((role) => holderErrors(role, answers, isLive))),
      ...Object.assign({}, ...summary.ask.map((variable) => variableErrors(variable, vars))),
      ...choiceErrors(summary, environment, new Map(choices)),
    },
  }
}

type Errors = Record<string, string>

const choiceErrors = (
  { choices }: RunbookSummary,
  environment: string,
  made: ReadonlyMap<string, string>,
): Errors =>
  Object.fromEntries(
    choices
      .filter(({ id, presets }) => !made.has(id) && presets[environment] === undefined)
      .map(({ id, question }) => [inputOf.choice(id), `“${question}” is chosen at the start.`]),
  )

function timeErrors(typed: string, start: Instant | null, now: Instant): Errors {
  if (start === null) {
    return { [INPUTS.start]: `“${typed}” is no time. Write ${TIME_FORMS.replaceAll('`', '')}.` }
  }
  return start < now - 60_000
    ? { [INPUTS.start]: 'That time has passed. Give one that is still to come.' }
    : {}
}

function holderOf(role: string, answers: FormAnswers): [string, Holder][] {
  const person = answers.get(inputOf.holder(role))
  const backup = answers.get(inputOf.backup(role))
  if (person === undefined) return []
  return [[role, backup === undefined ? { person } : { person, backup }]]
}

function holderErrors(
  { role, title, eligible, backup: wantsBackup }: RunbookSummary['roles'][number],
  answers: FormAnswers,
  isLive: boolean,
): Errors {
  const person = answers.get(inputOf.holder(role))
  const backup = answers.get(inputOf.backup(role))
  const found: Errors = {}
  if (person === undefined) found[inputOf.holder(role)] = `Choose who holds ${title}.`
  else if (!eligible.includes(person)) found[inputOf.holder(role)] = notEligible(title)
  if (backup === undefined) {
    if (wantsBackup && isLive) found[inputOf.backup(role)] = `In a live cutover ${title} names a stand-in.`
  } else if (backup === person) found[inputOf.backup(role)] = 'The stand-in must be somebody else.'
  else if (!eligible.includes(backup)) found[inputOf.backup(role)] = notEligible(title)
  return found
}

const notEligible = (title: string): string =>
  `This person is not eligible for ${title}. The people who are stand below.`

function variableErrors(
  { name, type, pattern, options, default: usual }: RunbookSummary['ask'][number],
  vars: Readonly<Record<string, string>>,
): Errors {
  const given = vars[name] ?? usual
  const block = inputOf.variable(name)
  if (given === undefined) return { [block]: `“${name}” is asked for.` }
  if (type === 'int' && !/^[+-]?\d+$/.test(given)) return { [block]: 'It must be a whole number.' }
  if (options !== undefined && options.length > 0 && !options.includes(given)) {
    return { [block]: `It must be one of ${options.join(', ')}.` }
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'u').test(given)) {
    return { [block]: `It must be of the form ${pattern}.` }
  }
  return {}
}
