import type { Plan, Step } from '../../domain/plan.ts'
import { durationText, timeText } from '../../templates/format.ts'
import type { Part, StepPart } from './document.ts'
import { row } from './machine-work.ts'
import { offsetText } from './words.ts'

type Tell = Extract<Step, { kind: 'tell' }>

const roleTitle = (plan: Plan, role: string): string => plan.roles[role]?.title ?? role

/** A table under its heading; nothing where there is nothing to say. */
export function tableUnder(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly Part[] {
  if (rows.length === 0) return []
  return [
    { type: 'heading', level: 'section', text: title },
    { type: 'table', head, rows },
  ]
}

export const escalationParts = (plan: Plan): readonly Part[] =>
  tableUnder(
    'Who is called when nobody answers',
    ['After', 'Whom'],
    plan.escalation.map(({ afterMs, roles, page }) => [
      durationText(afterMs),
      [
        ...roles.map((role) => roleTitle(plan, role)),
        ...(page === undefined ? [] : [`the pager of ${page}`]),
      ].join(', '),
    ]),
  )

/** `restored within 1 h; at most 30 min of data lost`. */
export function objectivesText({ rtoMs, rpoMs }: Plan['objectives']): string {
  return [
    ...(rtoMs === undefined ? [] : [`restored within ${durationText(rtoMs)}`]),
    ...(rpoMs === undefined ? [] : [`what is restored is at most ${durationText(rpoMs)} old`]),
  ].join('; ')
}

export const shiftParts = (plan: Plan): readonly Part[] =>
  tableUnder(
    'On call while it is guarded, in turn',
    ['Turn', 'Who', 'For'],
    plan.guardShifts.map(({ role, lengthMs }, index) => [
      String(index + 1),
      roleTitle(plan, role),
      durationText(lengthMs),
    ]),
  )

export const followUpParts = (plan: Plan): readonly Part[] =>
  tableUnder(
    'Left to do',
    ['What', 'By whom', 'When'],
    plan.followUps.map(({ title, owner, due, beforeLive }) => [
      title,
      roleTitle(plan, owner),
      [
        ...(due === undefined
          ? []
          : [due.kind === 'date' ? timeText(due.at, plan.window.zone) : offsetText(due)]),
        ...(beforeLive ? ['before a live run'] : []),
      ].join(', '),
    ]),
  )

/** Notices that wait for something to happen, not for a time. */
export const isCalledFor = (step: Step): step is Tell =>
  step.kind === 'tell' && step.place === 'notice' && step.occasion?.kind !== 'update'

/** To whom a notice goes, who reads it first, what a status page says from then on, and how often it is repeated. */
export function tellParts(plan: Plan, step: Tell, notice: string | undefined): StepPart['parts'] {
  const { to, page, approve, meet, occasion } = step
  const again = Object.values(plan.steps).flatMap((other) =>
    other.kind === 'tell' && other.occasion?.kind === 'update' && other.occasion.of === step.id
      ? [
          `every ${durationText(other.occasion.everyMs)} until ${plan.steps[other.occasion.until]?.title ?? other.occasion.until}`,
        ]
      : [],
  )
  return [
    {
      type: 'facts',
      rows: [
        ...row('When', occasion === undefined ? '' : occasionText(plan, occasion)),
        ...row('To', to.length === 0 ? 'whoever was told before' : to.join(', ')),
        ...row('Approved by', approve === undefined ? '' : roleTitle(plan, approve)),
        ...row('Status page', page ?? ''),
        ...row('Again', again.join('; ')),
        ...row(
          'Meeting',
          meet === undefined
            ? ''
            : [`${offsetText(meet.at)}, ${durationText(meet.lengthMs)}`, ...meet.agenda].join('; '),
        ),
      ],
    },
    // An invitation says for itself what changed.
    ...(notice === undefined || occasion?.kind === 'meeting'
      ? []
      : [{ type: 'verbatim' as const, text: notice }]),
  ]
}

function occasionText(plan: Plan, occasion: NonNullable<Tell['occasion']>): string {
  switch (occasion.kind) {
    case 'update':
      return `every ${durationText(occasion.everyMs)} until ${plan.steps[occasion.until]?.title ?? occasion.until}`
    case 'late':
      return 'it will take longer than was promised'
    case 'postponed':
      return 'it begins at another time than was told'
    case 'abandoned':
      return 'it is abandoned'
    case 'no-go':
      return 'a decision is NO-GO'
    case 'meeting':
      return `the meeting of ${plan.steps[occasion.of]?.title ?? occasion.of} moves, or is off`
  }
}
