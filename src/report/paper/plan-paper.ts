import { applies } from '../../domain/conditions.ts'
import { phaseSteps } from '../../domain/lookup.ts'
import type { Instant, Phase, Plan, Step } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { plannedAt } from '../../domain/time.ts'
import { clockText, durationText, timeText } from '../../templates/format.ts'
import { plannedTimes } from '../planned-times.ts'
import type { Paper, Part, StepPart } from './document.ts'
import { gateParts, stepPart } from './step-part.ts'
import {
  escalationParts,
  followUpParts,
  isCalledFor,
  objectivesText,
  shiftParts,
  tableUnder,
} from './team-parts.ts'
import { contraryText, criterionText, offsetText, targetText } from './words.ts'

export interface ToPrint {
  /** Just opened, long before anything of its plan. */
  readonly state: CutoverState
  /** Role → who holds it, as it is to be printed. */
  readonly holders: Readonly<Record<string, string>>
  /** Text of a notice as it would be sent, or why it cannot be written beforehand. */
  readonly notice: (step: Extract<Step, { kind: 'tell' }>) => string
  /** Scripts and SQL files by the path that the steps name. */
  readonly files: ReadonlyMap<string, string>
  /** What an action does, in a sentence. */
  readonly summaryOf: (uses: string) => string | undefined
}

interface Printing extends ToPrint {
  /** When each step begins if everything takes its upper estimate. */
  readonly times: ReadonlyMap<string, Instant>
}

/** Everything that somebody needs to carry a plan out by hand when everything else is down. */
export function planPaper(given: ToPrint): Paper {
  const printing: Printing = { ...given, times: plannedTimes(asApplied(given)) }
  const { plan, plannedStart } = printing.state
  return {
    title: plan.title,
    subtitle: `${plan.environment}, ${plan.live ? 'LIVE' : 'rehearsal'} · T-0 ${timeText(plannedStart, plan.window.zone)} · ${plan.hash.slice(0, 12)}`,
    parts: [
      ...overview(printing),
      ...people(printing),
      ...plan.phases.flatMap((phase) => phaseParts(printing, phase)),
      ...ending(printing),
      ...noticesCalledFor(printing),
      ...rollingBack(printing),
      ...filesOf(printing),
    ],
  }
}

const heading = (level: 'part' | 'chapter' | 'section', text: string, aside?: string): Part => ({
  type: 'heading',
  level,
  text,
  ...(aside === undefined ? {} : { aside }),
})

function overview(printing: Printing): readonly Part[] {
  const { plan, plannedStart } = printing.state
  const { zone, lengthMs, freezeMs, changesBy } = plan.window
  const end = plannedStart + lengthMs
  const freeze =
    freezeMs === 0
      ? ''
      : `; nothing else changes from ${clockText(plannedStart - freezeMs, zone)}${changesBy === undefined ? '' : ` but what ${plan.roles[changesBy]?.title ?? changesBy} allows`}`
  return [
    {
      type: 'facts',
      rows: [
        ['Runbook', `${plan.runbook}, sha256 ${plan.hash}`],
        ['Purpose', plan.purpose ?? ''],
        ['Owner', plan.owner],
        ['Version', plan.version ?? ''],
        ['Reviewed by', (plan.reviewedBy ?? []).join(', ')],
        [
          'Window',
          `${timeText(plannedStart, zone)} to ${clockText(end, zone)}, ${durationText(lengthMs)}${freeze}`,
        ],
        ['Promised', objectivesText(plan.objectives)],
        ['Pools', poolsOf(plan).join(', ')],
        [
          'Links',
          Object.entries(plan.links)
            .map(([title, url]) => `${title}: ${url}`)
            .join('; '),
        ],
        [
          'Values',
          Object.entries(plan.vars)
            .map(([name, value]) => `${name} = ${value}`)
            .join('; '),
        ],
        ['Secrets', plan.secrets.join(', ')],
      ],
    },
    ...tableUnder(
      'Databases',
      ['Target', 'What it is', 'Changed by'],
      Object.values(plan.targets).map((target) => [
        target.name,
        targetText(target),
        stepsNaming(printing, target.name).join(', ') || 'nothing',
      ]),
    ),
    ...openStates(printing),
  ]
}

const poolsOf = (plan: Plan): readonly string[] => [
  ...new Set(Object.values(plan.steps).map(({ pool }) => pool)),
]

const stepsNaming = (printing: Printing, target: string): readonly string[] =>
  Object.values(printing.state.plan.steps)
    .filter((step) => step.mutating && step.kind === 'run' && !isLeftOut(printing, step.id))
    .filter((step) => JSON.stringify(step).includes(JSON.stringify({ $: 'target', name: target })))
    .map(({ id }) => id)

function openStates(printing: Printing): readonly Part[] {
  const { plan } = printing.state
  const steps = Object.values(plan.steps)
  const names = [...new Set(steps.flatMap(({ opens, closes }) => [...opens, ...closes]))]
  if (names.length === 0) return []
  const naming = (how: 'opens' | 'closes', name: string): string =>
    steps
      .filter((step) => step[how].includes(name) && !isLeftOut(printing, step.id))
      .map(({ id }) => id)
      .join(', ')
  return [
    heading('section', 'States that are opened and must be closed'),
    {
      type: 'table',
      head: ['State', 'Opened by', 'Closed by'],
      rows: names.map((name) => [name, naming('opens', name), naming('closes', name)]),
    },
  ]
}

function people({ state, holders }: Printing): readonly Part[] {
  const { plan } = state
  const contacts = Object.values(plan.contacts)
  return [
    heading('section', 'People'),
    {
      type: 'table',
      head: ['Role', 'Who', 'Phone', 'From'],
      rows: Object.entries(plan.roles).map(([role, { title, eligible, backup }]) => [
        `${title} (${role})${backup ? ', with a stand-in' : ''}`,
        holders[role] ?? '',
        '',
        eligible.join(', '),
      ]),
    },
    ...escalationParts(plan),
    ...tableUnder(
      'Contacts',
      ['Whom', 'Phone', 'E-mail, link', 'For'],
      contacts.map(({ name, phone = '', email = '', link = '', text = '' }) => [
        name,
        phone,
        [email, link].filter((one) => one !== '').join(', '),
        text,
      ]),
    ),
    ...tableUnder(
      'Audiences',
      ['Audience', 'Reached by'],
      Object.entries(plan.audiences).map(([name, { slack, email, webhook }]) => [
        name,
        [
          ...slack,
          ...email,
          ...(webhook === undefined ? [] : [`webhook ${webhook.name} (${webhook.shape})`]),
        ].join(', ') || 'nobody: it is rendered into the report',
      ]),
    ),
  ]
}

function phaseParts(printing: Printing, phase: Phase): readonly Part[] {
  const { state } = printing
  const { plan } = state
  const [first] = phase.steps
  const at = first === undefined || phase.at === undefined ? null : plannedAt(state, first)
  const clock = at === null ? undefined : timeText(at, plan.window.zone)
  const when = phase.at === undefined ? undefined : offsetText(phase.at)
  return [
    heading('chapter', phase.title, [when, clock].filter((one) => one !== undefined).join(' · ')),
    ...phase.steps.flatMap((id) => stepParts(printing, id)),
    ...leftOut(printing, phase),
    ...(phase.checkpoint === undefined || phase.checkpoint.length === 0
      ? []
      : [
          heading('section', `At the end of ${phase.title}: PASS or FAIL`),
          { type: 'boxes' as const, texts: phase.checkpoint.map((one) => criterionText(plan, one)) },
        ]),
  ]
}

/** Nothing of the runbook is missing on paper without a word. */
function leftOut(printing: Printing, phase: Phase): readonly Part[] {
  const { state } = printing
  const ids = phase.steps.filter((id) => isLeftOut(printing, id))
  const because = ids.map((id) => {
    const step = state.plan.steps[id]
    const verdict = step === undefined ? undefined : applies(state, step)
    return `${id} (${verdict?.kind === 'no' ? verdict.because : ''})`
  })
  return ids.length === 0 ? [] : [{ type: 'text', text: `Not applicable here: ${because.join(', ')}.` }]
}

function stepParts(printing: Printing, id: string): readonly Part[] {
  const { plan } = printing.state
  const step = plan.steps[id]
  if (step === undefined || isLeftOut(printing, id)) return []
  const option = optionOf(plan, id)
  return [...(option === undefined ? [] : [{ type: 'text' as const, text: option }]), printed(printing, step)]
}

/** Decided already, by a var or a choice; its inverse with it. */
function isLeftOut({ state }: ToPrint, id: string): boolean {
  const { plan } = state
  const step = plan.steps[id]
  const done = step?.place === 'undo' ? Object.values(plan.steps).find(({ undo }) => undo === id) : step
  return done?.place === 'plan' && applies(state, done).kind === 'no'
}

/** The first step of an alternative says what is chosen there. */
function optionOf(plan: Plan, id: string): string | undefined {
  for (const { question, by, preset, options } of Object.values(plan.choices)) {
    const option = options.find(({ steps }) => steps[0] === id)
    if (option === undefined) continue
    const who = by === undefined ? 'chosen at the opening' : `${plan.roles[by]?.title ?? by} chooses`
    return `${question} If ${option.id} (${preset === undefined ? who : `chosen: ${preset}`}):`
  }
  return undefined
}

function printed(printing: Printing, step: Step): StepPart {
  const { state, notice, summaryOf, times } = printing
  const { zone } = state.plan.window
  const at = times.get(step.id)
  const part = stepPart(state.plan, step, {
    ...(at === undefined ? {} : { clock: clockOf(at, state.plannedStart, zone) }),
    ...(step.kind === 'tell' ? { notice: notice(step) } : {}),
    // On the way back no fact is known yet, and all that is said about it is shown.
    isOpen: step.place !== 'plan' || applies(state, step).kind === 'open',
    summaryOf,
  })
  if (step.kind !== 'decide') return part
  return { ...part, parts: [...part.parts, ...gateParts(state.plan, step).filter(isInner)] }
}

/** What is left out takes no time. */
function asApplied(printing: ToPrint): CutoverState {
  const { state } = printing
  const steps = Object.entries(state.steps).map(([id, step]) => [
    id,
    isLeftOut(printing, id) ? { ...step, status: 'not applicable' as const } : step,
  ])
  return { ...state, steps: Object.fromEntries(steps) }
}

const isInner = (part: Part): part is StepPart['parts'][number] =>
  part.type !== 'step' && part.type !== 'heading'

const DAY_MS = 24 * 3_600_000

/** With its date where that is not the night itself. */
const clockOf = (at: Instant, start: Instant, zone: string): string =>
  Math.abs(at - start) < DAY_MS / 2 ? clockText(at, zone, 'time') : clockText(at, zone)

function ending({ state }: Printing): readonly Part[] {
  const { plan } = state
  const list = (title: string, texts: readonly string[]): readonly Part[] =>
    texts.length === 0 ? [] : [heading('section', title), { type: 'boxes', texts }]
  return [
    heading('chapter', 'Completing'),
    ...list(
      'It is a success when',
      plan.success.map((one) => criterionText(plan, one)),
    ),
    ...list(
      'It has failed when',
      plan.failure.map((one) => contraryText(plan, one)),
    ),
    {
      type: 'text',
      text: `Then it is guarded for ${durationText(plan.guardMs)}: rolling back is still offered, with the data since then at stake.`,
    },
    ...shiftParts(plan),
    ...followUpParts(plan),
  ]
}

/** Nobody would find their texts in the night if they stood with no step. */
function noticesCalledFor(printing: Printing): readonly Part[] {
  const notices = Object.values(printing.state.plan.steps).filter(isCalledFor)
  return stepsUnder(
    'chapter',
    'Notices that wait for an occasion',
    printing,
    notices.map(({ id }) => id),
  )
}

function stepsUnder(
  level: 'chapter' | 'section',
  title: string,
  printing: Printing,
  ids: readonly string[],
): readonly Part[] {
  const parts = ids.flatMap((id) => stepParts(printing, id))
  return parts.length === 0 ? [] : [heading(level, title), ...parts]
}

function rollingBack(printing: Printing): readonly Part[] {
  const { plan } = printing.state
  const { rollback } = plan
  const approvers = Object.entries(rollback.approvers).map(([role, count]) => `${count} × ${role}`)
  const inverses = phaseSteps(plan)
    .flatMap((id) => plan.steps[id]?.undo ?? [])
    .reverse()
  return [
    heading('part', 'Rolling back'),
    {
      type: 'facts',
      rows: [
        ['Typed to confirm', rollback.name],
        ['Who decides', approvers.join(', ') || 'any holder, alone'],
      ],
    },
    {
      type: 'table',
      head: ['When', 'What', 'Steps'],
      rows: rollback.triggers.map(({ urgency, text, steps }) => [URGENCY[urgency], text, steps.join(', ')]),
    },
    ...options(plan),
    ...stepsUnder('section', 'First', printing, rollback.before),
    ...stepsUnder('section', 'Then, of what was begun, in this order', printing, inverses),
    ...stepsUnder('section', 'At last', printing, rollback.after),
    ...rollback.options.flatMap(({ id, title, steps = [] }) =>
      stepsUnder('section', `Option ${id}: ${title}`, printing, steps),
    ),
  ]
}

const URGENCY = { immediate: 'At once', consider: 'Consider it', never: 'Never for this' } as const

function options({ rollback }: Plan): readonly Part[] {
  if (rollback.options.length === 0) return []
  return [
    heading('section', 'Ways back'),
    {
      type: 'table',
      head: ['Option', 'When', 'Loses', 'Only within', 'Needs'],
      rows: rollback.options.map(({ id, title, text = '', loses = '', withinMs, requires }) => [
        `${id}: ${title}`,
        text,
        loses,
        withinMs === undefined ? '' : durationText(withinMs),
        requires.join(', '),
      ]),
    },
  ]
}

function filesOf({ files }: Printing): readonly Part[] {
  if (files.size === 0) return []
  return [
    heading('part', 'Files'),
    ...[...files].map(([path, text]): Part => ({ type: 'verbatim', caption: path, text })),
  ]
}
