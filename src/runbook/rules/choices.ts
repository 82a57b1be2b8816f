import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'

/** A choice is one, and what environments choose in advance is there to be chosen. */
export const choices = (context: Context): Finding[] => [...onlyOneOption(context), ...presets(context)]

const onlyOneOption = (context: Context): Finding[] =>
  context.draft.choices.flatMap(({ question, options, path }) =>
    options.length > 1
      ? []
      : [
          complain(context, path, {
            code: 'no-choice',
            message: `"${question}" has ${options.length === 1 ? 'one option' : 'no options'}, so there is nothing to choose`,
            hint: 'Add the other `options`, or write the steps into the phase.',
          }),
        ],
  )

function presets(context: Context): Finding[] {
  const { draft } = context
  const known = draft.choices.map(({ id }) => id)
  return Object.entries(draft.head.environments ?? {}).flatMap(([environment, { choices: chosen = {} }]) =>
    Object.entries(chosen).flatMap(([id, option]) => {
      const path = ['environments', environment, 'choices', id]
      const choice = draft.choices.find((one) => one.id === id)
      if (choice === undefined) {
        const complaint = {
          code: 'unknown-name',
          message: `the runbook has no choice "${id}"`,
          hint: suggestion(id, known),
        }
        return draft.broken.has(id) ? [] : [complainOfKey(context, path, complaint)]
      }
      const options = choice.options.map((one) => one.id)
      if (options.includes(option)) return []
      return [
        complain(context, path, {
          code: 'unknown-option',
          message: `"${choice.question}" has no option "${option}"`,
          hint: suggestion(option, options),
        }),
      ]
    }),
  )
}
