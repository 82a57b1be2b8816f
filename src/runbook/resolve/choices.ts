import { basename } from 'node:path'
import type { Choice, Plan } from '../../domain/plan.ts'
import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { PlacedChoice } from '../runbook.ts'
import type { EnvironmentDocument } from '../schema/document.ts'
import { present } from './present.ts'
import type { ToResolve } from './resolve-plan.ts'

interface ResolvedChoices {
  readonly findings: Finding[]
  readonly choices: Plan['choices']
}

/** Every `one_of` with what was chosen already: at the opening, or else by the environment. */
export function resolveChoices(given: ToResolve, environment: EnvironmentDocument): ResolvedChoices {
  const { choices } = given.runbook
  const findings = Object.entries(given.choices ?? {}).flatMap(([id, option]) =>
    notThere(given, choices, id, option),
  )
  return {
    findings,
    choices: Object.fromEntries(choices.map((choice) => [choice.id, choiceOf(given, choice, environment)])),
  }
}

function choiceOf(given: ToResolve, choice: PlacedChoice, { choices = {} }: EnvironmentDocument): Choice {
  const { id, question, phase, by, options } = choice
  const { file, line } = given.runbook.source.spot(choice.path)
  return {
    id,
    question,
    phase,
    ...present({ by, preset: given.choices?.[id] ?? choices[id] }),
    options,
    source: `${basename(file)}:${line}`,
  }
}

function notThere(
  { runbook }: ToResolve,
  choices: readonly PlacedChoice[],
  id: string,
  option: string,
): Finding[] {
  const choice = choices.find((one) => one.id === id)
  const options = choice?.options.map((one) => one.id) ?? []
  if (options.includes(option)) return []
  const ids = choices.map((one) => one.id)
  return [
    errorAt(runbook.source.spot(choice?.path ?? ['phases']), {
      code: choice === undefined ? 'unknown-name' : 'unknown-option',
      message:
        choice === undefined
          ? `the runbook has no choice "${id}"`
          : `"${choice.question}" has no option "${option}"`,
      hint: choice === undefined ? suggestion(id, ids) : suggestion(option, options),
    }),
  ]
}
