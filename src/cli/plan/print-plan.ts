import { catalogue } from '../../actions/catalogue.ts'
import { evolve } from '../../domain/evolve.ts'
import { forecast } from '../../domain/forecast.ts'
import type { PersonId, Step } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { planPaper } from '../../report/paper/plan-paper.ts'
import type { Paper } from '../../report/paper/document.ts'
import { noticeContextOf } from '../../templates/context-of-cutover.ts'
import { renderNotice, TemplateError } from '../../templates/render-notice.ts'
import { planOfFile, type RunbookFile } from '../runbook-file.ts'

export interface PlanAsked {
  readonly environment: string
  readonly plannedStart: number
  readonly vars: Readonly<Record<string, string>>
  readonly choices: Readonly<Record<string, string>>
  /** Role → who, in whatever words are to stand on the paper. */
  readonly holders: Readonly<Record<string, string>>
}

/** Long before anything is planned, so that every time on paper is the one the runbook means. */
const OPENED_BEFORE_MS = 400 * 24 * 3_600_000
/** More than any gate asks of one group: who is in it is known to Slack alone, and nobody is asked. */
const OF_ONE_GROUP = 20

/** The state right after opening this, without asking or opening anything. Throws a CommandEnd. */
export function sketchedState(file: RunbookFile, asked: PlanAsked): CutoverState {
  const { environment, plannedStart, vars, choices, holders } = asked
  const at = plannedStart - OPENED_BEFORE_MS
  const made = planOfFile(file, {
    environment,
    vars,
    choices,
    plannedStart,
    at,
    id: 'CUTOVER',
    people: nameless,
  })
  const roles = Object.entries(made.roles).map(([role, { eligible, ...rest }]) => [
    role,
    { ...rest, eligible: eligible.filter((person) => !person.includes('/')) },
  ])
  const plan = { ...made, roles: Object.fromEntries(roles) }
  const held = Object.keys(plan.roles).map((role) => [role, { person: holders[role] ?? role }])
  return evolve(null, {
    type: 'cutover opened',
    data: {
      plan,
      plannedStart,
      opener: 'opener',
      holders: Object.fromEntries(held),
      channelName: plan.channel.name,
      realTime: true,
    },
    cutover: 'CUTOVER',
    position: 1,
    at,
    actor: { kind: 'cutover' },
  })
}

/** A group stands for enough people to carry any gate; on paper it is one name. */
function nameless(principal: string): readonly PersonId[] {
  if (!principal.startsWith('group:')) return [principal]
  return [principal, ...Array.from({ length: OF_ONE_GROUP }, (_, at) => `${principal}/${at}`)]
}

export function paperOf(
  state: CutoverState,
  given: {
    readonly holders: Readonly<Record<string, string>>
    readonly files: ReadonlyMap<string, string>
  },
): Paper {
  return planPaper({
    state,
    ...given,
    notice: (step) => noticeText(state, step),
    summaryOf: (uses) => catalogue()[uses]?.summary,
  })
}

/** As it would go out at T-0; what happens until then cannot stand in it. */
function noticeText(state: CutoverState, step: Extract<Step, { kind: 'tell' }>): string {
  const now = state.plannedStart
  const { done } = forecast(state, now)
  const context = noticeContextOf(state, {
    nameOf: (person) => person,
    now,
    forecast: { earliest: done.low, latest: done.high },
  })
  const template = state.plan.templates[step.template] ?? ''
  for (const medium of ['email', 'slack'] as const) {
    try {
      const { subject, text } = renderNotice({ template, medium, context })
      return subject === undefined ? text : `Subject: ${subject}\n\n${text}`
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
    }
  }
  return template
}
