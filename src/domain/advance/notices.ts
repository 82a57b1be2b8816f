import type { CutoverEvent, Invitation } from '../events.ts'
import { isSatisfied, planStep, stepState } from '../lookup.ts'
import { perPlan } from '../per-plan.ts'
import type { Instant, Occasion, TellStep } from '../plan.ts'
import { presumedEnd, promisedEnd } from '../promised.ts'
import { forecast } from '../forecast.ts'
import type { CalledFor, CutoverState, Status, StepState } from '../state.ts'
import { instantOf } from '../time.ts'

const nothing: readonly CutoverEvent[] = []

type OccasionKind = Occasion['kind']
type TellFor<Kind extends OccasionKind> = TellStep & {
  readonly occasion: Extract<Occasion, { kind: Kind }>
}

/** The tells of this plan that such an occasion calls for. */
function tellsFor<Kind extends OccasionKind>(state: CutoverState, kind: Kind): readonly TellFor<Kind>[] {
  return occasional(state.plan).filter((tell): tell is TellFor<Kind> => tell.occasion?.kind === kind)
}

const occasional = perPlan((plan): readonly TellStep[] =>
  Object.values(plan.steps).filter(
    (step): step is TellStep => step.kind === 'tell' && step.occasion !== undefined,
  ),
)

/** Notices that no step plans: what happened, or the time, calls for them. */
export function noticesAreCalledFor(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  for (const follows of [meetingsMove, postponedIsTold, lateIsTold, updatesFallDue, approvalIsLate]) {
    const events = follows(state, now)
    if (events.length > 0) return events
  }
  return nothing
}

const callFor = (
  state: CutoverState,
  step: string,
  call: Omit<CalledFor, 'n'> & { readonly n?: number },
): CutoverEvent => ({
  type: 'notice called for',
  data: { step, n: (stepState(state, step).called?.n ?? 0) + 1, ...call },
})

/** Whoever was told another start, or one that is given up, hears of it once. */
function postponedIsTold(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  const [tell] = tellsFor(state, 'postponed')
  if (tell === undefined || !TIME_STANDS.includes(state.status)) return nothing
  const isOff = state.status === 'postponed'
  const outdated = Object.entries(state.told).filter(
    ([, told]) => (told.postponed === true) !== isOff || (!isOff && told.start !== state.plannedStart),
  )
  const [first] = outdated
  const own = stepState(state, tell.id)
  const start = isOff ? {} : { start: state.plannedStart }
  const isSaid = own.called !== undefined && own.called.start === start.start
  if (first === undefined || isSaid || isUnderWay(own)) return nothing
  const to = tell.to.length > 0 ? tell.to : outdated.map(([audience]) => audience)
  const [, was] = first
  return [callFor(state, tell.id, { to, dueAt: now, was: { start: was.start, end: was.end }, ...start })]
}

/** Once it runs, what was told of the planned start is no matter any more. */
const TIME_STANDS: readonly Status[] = ['scheduled', 'postponed']

const isUnderWay = ({ status }: StepState): boolean =>
  status === 'due' || status === 'active' || status === 'failed'

/** Told once about each promised end, while it can still be kept or not. */
function lateIsTold(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  const [tell] = tellsFor(state, 'late')
  const at = tell === undefined ? null : lateFrom(state, now)
  if (tell === undefined || at === null || at > now) return nothing
  const { plannedStart: start } = state
  return [
    callFor(state, tell.id, {
      to: tell.to,
      dueAt: now,
      was: { start, end: promisedEnd(state) },
      end: presumedEnd(state, now),
    }),
  ]
}

/**
 * The earliest moment at which the forecast can pass the promised end; null when that is not asked. A forecast never
 * moves away faster than the clock.
 */
function lateFrom(state: CutoverState, now: Instant): Instant | null {
  const isAsked = state.status === 'running' && state.lateForMs !== state.extendedMs
  if (!isAsked) return null
  const spareMs = promisedEnd(state) - forecast(state, now).done.high
  return spareMs < 0 ? now : now + spareMs + 1
}

/** Statuses in which a promise of updates is kept: people want to hear also while it is held or turns back. */
const PROMISES_STAND: readonly Status[] = [
  'scheduled',
  'running',
  'watching',
  'guarded',
  'rolling back',
  'rollback stopped',
]
/** Before its time an update is shown to whoever approves it: a third of the interval, at most this. */
const UPDATE_AHEAD_MS = 10 * 60_000

interface Promised {
  readonly tell: TellFor<'update'>
  readonly aheadMs: number
  /** When the update of that number is due. */
  readonly dueAt: (n: number) => Instant
}

function promises(state: CutoverState): readonly Promised[] {
  if (!PROMISES_STAND.includes(state.status)) return []
  return tellsFor(state, 'update').flatMap((tell) => {
    const { of, everyMs, until } = tell.occasion
    const { status, finishedAt } = stepState(state, of)
    if (status !== 'done' || finishedAt === undefined || isSatisfied(stepState(state, until).status))
      return []
    const aheadMs = tell.approve === undefined ? 0 : Math.min(UPDATE_AHEAD_MS, Math.floor(everyMs / 3))
    return [{ tell, aheadMs, dueAt: (n: number) => finishedAt + n * everyMs }]
  })
}

/** The newest promise is kept; those that time has passed over, and one that never went out, were missed. */
function updatesFallDue(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  for (const { tell, aheadMs, dueAt } of promises(state)) {
    const own = stepState(state, tell.id)
    const last = own.called?.n ?? 0
    const latest = Math.floor((now + aheadMs - dueAt(0)) / tell.occasion.everyMs)
    if (latest <= last) continue
    const unsent = last > 0 && isUnderWay(own) ? [last] : []
    const passed = Array.from({ length: latest - last - 1 }, (_, index) => last + 1 + index)
    const missed = [...unsent, ...passed].map((n): CutoverEvent => ({
      type: 'update missed',
      data: { step: tell.id, n, dueAt: dueAt(n) },
    }))
    return [...missed, callFor(state, tell.id, { n: latest, to: tell.to, dueAt: dueAt(latest) })]
  }
  return nothing
}

/** An update whose time has passed without approval is said once more. */
function approvalIsLate(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  for (const { tell } of promises(state)) {
    const at = unapprovedFrom(stepState(state, tell.id))
    if (at === null || now < at) continue
    return [{ type: 'step late', data: { step: tell.id, byMs: now - at + 1 } }]
  }
  return nothing
}

function unapprovedFrom({ status, called, lateMs }: StepState): Instant | null {
  return status === 'due' && called !== undefined && lateMs === undefined ? called.dueAt + 1 : null
}

/** When they meet, by the planned start; null when there is no planned start. */
export function meetingAt(state: CutoverState, tell: TellStep): Instant | null {
  if (tell.meet === undefined || state.status === 'postponed') return null
  const { beganAt: _, ...asPlanned } = state
  return instantOf(asPlanned, tell.meet.at)
}

/** Invitations that are out follow the planned start, and are taken back while there is none. */
function meetingsMove(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  if (!TIME_STANDS.includes(state.status)) return nothing
  for (const tell of tellsFor(state, 'meeting')) {
    const inviting = state.plan.steps[tell.occasion.of]
    const known = state.meetings[tell.occasion.of]
    if (inviting?.kind !== 'tell' || known === undefined || isUnderWay(stepState(state, tell.id))) continue
    const start = meetingAt(state, inviting)
    const isRight =
      start === null ? known.cancelled === true : known.start === start && known.cancelled !== true
    if (isRight) continue
    const invitation = start === null ? takenBack(known) : moved(known, start)
    // Once: somebody may have decided that it is not sent.
    if (stepState(state, tell.id).called?.invitation?.sequence === invitation.sequence) continue
    return [
      callFor(state, tell.id, {
        to: inviting.to,
        dueAt: now,
        was: { start: known.start, end: known.end },
        invitation,
      }),
    ]
  }
  return nothing
}

const takenBack = ({ start, end, sequence }: Invitation): Invitation => ({
  start,
  end,
  sequence: sequence + 1,
  cancelled: true,
})

const moved = ({ start, end, sequence }: Invitation, to: Instant): Invitation => ({
  start: to,
  end: to + (end - start),
  sequence: sequence + 1,
})

/** A NO-GO of the plan is told at once, whatever it leads to; the gate at the end is nobody else's matter. */
export function noGoIsTold(state: CutoverState, gate: string, at: Instant): readonly CutoverEvent[] {
  if (planStep(state, gate).place !== 'plan') return nothing
  return tellsFor(state, 'no-go').map(({ id, to }) => callFor(state, id, { to, dueAt: at }))
}

/** What giving a cutover up means for those who were told of it. */
export function abandonedIsTold(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  const [tell] = tellsFor(state, 'abandoned')
  const told = Object.entries(state.told)
  const [first] = told
  const others =
    tell === undefined || first === undefined
      ? nothing
      : [
          callFor(state, tell.id, {
            to: tell.to.length > 0 ? tell.to : told.map(([audience]) => audience),
            dueAt: now,
            was: { start: first[1].start, end: first[1].end },
          }),
        ]
  const meetings = tellsFor(state, 'meeting').flatMap((one) => {
    const known = state.meetings[one.occasion.of]
    const inviting = state.plan.steps[one.occasion.of]
    if (known === undefined || known.cancelled === true || inviting?.kind !== 'tell') return []
    return [callFor(state, one.id, { to: inviting.to, dueAt: now, invitation: takenBack(known) })]
  })
  return [...others, ...meetings]
}

/** When the rules above may have something to say although nothing happens. */
export const noticeTimes = (state: CutoverState, now: Instant): readonly (Instant | null)[] => [
  tellsFor(state, 'late').length > 0 ? lateFrom(state, now) : null,
  ...promises(state).flatMap(({ tell, aheadMs, dueAt }) => {
    const own = stepState(state, tell.id)
    return [dueAt((own.called?.n ?? 0) + 1) - aheadMs, unapprovedFrom(own)]
  }),
]
