import type { CutoverEvent, Recorded } from '../events.ts'
import type { CutoverState, GateState, StepState } from '../state.ts'
import { openedChoices } from './alternatives.ts'
import { NO_TEAM_STATE } from '../team/state.ts'

const untouched: StepState = {
  status: 'pending',
  revision: 0,
  attempts: [],
  items: {},
  fields: {},
  facts: {},
  breaches: [],
  notices: {},
  inForce: false,
  undone: false,
}

const unopened: GateState = {
  round: 0,
  open: false,
  voters: {},
  votes: [],
  confirmed: {},
  overridden: {},
  overrideAsked: {},
}

/** The state that a cutover begins with. */
export function opened(event: Recorded<Extract<CutoverEvent, { type: 'cutover opened' }>>): CutoverState {
  const { plan, plannedStart, opener, holders, channelName, realTime, after } = event.data
  const steps = Object.keys(plan.steps).map((id) => [id, untouched] as const)
  const gates = Object.values(plan.steps)
    .filter((step) => step.kind === 'decide')
    .map((step) => [step.id, unopened] as const)
  return {
    id: event.cutover,
    position: event.position,
    revision: 1,
    changed: { event: event.type, by: event.actor, at: event.at },
    status: 'scheduled',
    plan,
    channelName,
    opener,
    ...(after !== undefined && { after }),
    openedAt: event.at,
    scheduledAt: event.at,
    realTime,
    holders,
    handovers: {},
    vouches: {},
    rehearsals: [],
    plannedStart,
    steps: Object.fromEntries(steps),
    choices: openedChoices(plan, event),
    gates: Object.fromEntries(gates),
    attempts: {},
    pools: {},
    openings: [],
    rollbackAsked: [],
    told: {},
    pages: {},
    alerts: {},
    meetings: {},
    outages: [],
    extendedMs: 0,
    notes: [],
    ...NO_TEAM_STATE,
  }
}
