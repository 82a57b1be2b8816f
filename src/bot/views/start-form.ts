import type { KnownBlock, ModalView } from '@slack/types'
import type { RunbookSummary } from '../../app/open-cutover.ts'
import { TIME_FORMS } from '../../app/parse-time.ts'
import type { Plan } from '../../domain/plan.ts'
import { durationText } from '../../templates/format.ts'
import { clip, context, input, OPTION_MAX, section } from '../blocks.ts'
import { FORMS } from '../ids.ts'
import { INPUTS, inputOf, remember, START_CHOICES, type StartMemory } from './forms.ts'
import { menu, modal, someone, typed } from './modal.ts'
import { headText } from './plan-view.ts'
import { count, dotted, person, value } from './words.ts'

export interface StartForm {
  readonly runbooks: readonly RunbookSummary[]
  readonly memory: StartMemory
  /** Who opens it: proposed for the roles that this person may hold. */
  readonly opener: string
  /** The plan as it would be opened, once runbook and environment are chosen. */
  readonly preview?: Plan
  /** Why it cannot be opened as it stands. */
  readonly problems?: readonly string[]
}

const PROBLEMS_MAX = 8

/**
 * What is opened, where, when and by whom. Drawn again when the runbook or the environment is chosen; answers stay,
 * because their block_ids do.
 */
export function startForm(form: StartForm): ModalView {
  const { runbooks, memory } = form
  const chosen = chosenOf(form)
  const usable = runbooks.filter((one) => one.problems.length === 0)
  const broken = runbooks.filter((one) => one.problems.length > 0)
  if (usable.length === 0) return nothingToStart(broken)
  return modal({
    id: FORMS.start,
    title: 'Start a cutover',
    submit: 'Open it',
    memory: remember({ ...memory, ...(chosen === undefined ? {} : { runbook: chosen.runbook }) }),
    blocks: [
      input({
        id: INPUTS.runbook,
        label: 'Runbook',
        tells: true,
        element: menu(
          usable.map((one) => ({ label: one.title, value: one.runbook })),
          { action: START_CHOICES.runbook, ...(chosen === undefined ? {} : { initial: chosen.runbook }) },
        ),
      }),
      ...(chosen === undefined ? [] : runbookInputs(form, chosen)),
      ...problemBlocks(form.problems ?? []),
      ...(form.preview === undefined ? [] : previewBlocks(form.preview)),
      ...(broken.length === 0 ? [] : [context(brokenText(broken))]),
    ],
  })
}

/** The runbook that the form is about: the chosen one, or the only one there is. */
export function chosenOf({
  runbooks,
  memory,
}: Pick<StartForm, 'runbooks' | 'memory'>): RunbookSummary | undefined {
  const usable = runbooks.filter((one) => one.problems.length === 0)
  return usable.find((one) => one.runbook === memory.runbook) ?? (usable.length === 1 ? usable[0] : undefined)
}

function runbookInputs({ memory, opener }: StartForm, chosen: RunbookSummary): KnownBlock[] {
  const isLive = chosen.environments.some((one) => one.live && one.name === memory.environment)
  const environments = chosen.environments.map(({ name, live }) => ({
    label: `${name} · ${live ? 'LIVE' : 'rehearsal'}`,
    value: name,
  }))
  return [
    input({
      id: inputOf.environment(chosen.runbook),
      label: 'Environment',
      tells: true,
      element: menu(environments, {
        action: START_CHOICES.environment,
        ...(memory.environment === undefined ? {} : { initial: memory.environment }),
      }),
    }),
    input({
      id: INPUTS.start,
      label: 'Window starts (T-0)',
      hint: `${TIME_FORMS.replaceAll('`', '')}. Without a zone it is ${chosen.zone}.`,
      element: typed({ placeholder: '02:30', initial: chosen.proposedStart ?? '' }),
    }),
    ...chosen.roles.flatMap((role) => holderInputs(role, { opener, isLive })),
    ...chosen.ask.map(variableInput),
    ...chosen.choices.map((choice) => choiceInput(choice, memory.environment)),
    ...(isLive ? [againInput()] : []),
  ]
}

/** A live cutover wants the stand-ins that the runbook asks for; a rehearsal does without. */
function holderInputs(
  role: RunbookSummary['roles'][number],
  { opener, isLive }: { readonly opener: string; readonly isLive: boolean },
): KnownBlock[] {
  const proposed = role.eligible.length === 1 ? role.eligible[0] : role.eligible.find((id) => id === opener)
  const hint =
    role.eligible.length === 0 ? 'Nobody is eligible: the runbook names nobody who exists here.' : undefined
  return [
    input({
      id: inputOf.holder(role.role),
      label: role.title,
      element: someone(proposed),
      ...(hint === undefined ? {} : { hint }),
    }),
    ...(role.backup
      ? [
          input({
            id: inputOf.backup(role.role),
            label: `${role.title}: stand-in`,
            element: someone(),
            optional: !isLive,
          }),
        ]
      : []),
    ...(role.eligible.length === 0 ? [] : [context(`Eligible: ${eligibleText(role.eligible)}`)]),
  ]
}

const PEOPLE_MAX = 15

function eligibleText(people: readonly string[]): string {
  const more = people.length > PEOPLE_MAX ? ` and ${people.length - PEOPLE_MAX} more` : ''
  return `${people.slice(0, PEOPLE_MAX).map(person).join(', ')}${more}`
}

function variableInput(variable: RunbookSummary['ask'][number]): KnownBlock {
  const { name, type, pattern, options } = variable
  const hint = dotted([type, pattern !== undefined && `of the form ${pattern}`])
  const element =
    options === undefined || options.length === 0 || options.some((one) => one.length > OPTION_MAX)
      ? typed({ initial: variable.default ?? '' })
      : menu(
          options.map((one) => ({ label: one, value: one })),
          variable.default === undefined ? {} : { initial: variable.default },
        )
  return input({ id: inputOf.variable(name), label: name, element, hint })
}

const againInput = (): KnownBlock =>
  input({
    id: INPUTS.reason,
    label: 'Why again?',
    hint: 'Only where an earlier attempt was rolled back or given up and left something open.',
    element: typed({ long: true }),
    optional: true,
  })

/** Left empty where the environment has a choice of its own, that one is taken. */
function choiceInput(
  { id, question, options, presets }: RunbookSummary['choices'][number],
  environment = '',
): KnownBlock {
  const preset = presets[environment]
  return input({
    id: inputOf.choice(id),
    label: question,
    element: menu(options.map((one) => ({ label: one, value: one }))),
    ...(preset === undefined ? {} : { hint: `Left empty: ${preset}.`, optional: true }),
  })
}

function problemBlocks(problems: readonly string[]): KnownBlock[] {
  if (problems.length === 0) return []
  const more = problems.length > PROBLEMS_MAX ? [`… and ${problems.length - PROBLEMS_MAX} more`] : []
  const lines = problems.slice(0, PROBLEMS_MAX).map((one) => `• ${value(one)}`)
  return [section(['*It cannot be opened like this*', ...lines, ...more].join('\n'))]
}

function previewBlocks(plan: Plan): KnownBlock[] {
  const lines = plan.phases.map((phase) => {
    const steps = phase.steps.map((id) => plan.steps[id])
    const highMs = steps.reduce((sum, step) => sum + (step?.estimate?.highMs ?? 0), 0)
    return `• ${value(phase.title, 100)}: ${count(phase.steps.length, 'step')}${highMs === 0 ? '' : `, up to ${durationText(highMs)}`}`
  })
  return [section(`${headText(plan)}\n${lines.slice(0, 25).join('\n')}`)]
}

const brokenText = (broken: readonly RunbookSummary[]): string =>
  `Not to be opened until mended: ${broken
    .slice(0, 5)
    .map((one) => `${value(one.title, 60)} (${value(clip(one.problems[0] ?? '', 150))})`)
    .join('; ')}`

function nothingToStart(broken: readonly RunbookSummary[]): ModalView {
  return modal({
    id: FORMS.start,
    title: 'Start a cutover',
    blocks: [
      section(
        'There is no runbook that can be opened. `cutover validate` says what is wrong, with line and column.',
      ),
      ...(broken.length === 0 ? [] : [context(brokenText(broken))]),
    ],
  })
}
