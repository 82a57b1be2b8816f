import { basename } from 'node:path'
import type { Occasion, Plan, Step, TellStep } from '../../domain/plan.ts'
import type { PlacedStep, Runbook } from '../runbook.ts'
import type { TellDocument } from '../schema/steps.ts'
import { durationMs } from '../values/duration.ts'
import { offsetOf } from '../values/offset.ts'
import { BUILT_IN_NOTICES } from './built-in-notices.ts'
import { present } from './present.ts'
import { PLAIN_STEP } from './plain-step.ts'

/** Reminding about a text that nobody approved begins so long after its time. */
export const UNAPPROVED_LATE_MS = 60_000

export type TellParts = Pick<TellStep, 'kind' | 'to' | 'template' | 'page' | 'approve' | 'meet' | 'by'>

/** What only a tell has; who approves its text owns it unless somebody else is named. */
export function tellOf(document: TellDocument): TellParts {
  const { to, template, state, approve, meet, by } = document
  return {
    kind: 'tell',
    to,
    template,
    ...present({
      page: state,
      approve,
      by: by ?? approve,
      meet: meet && {
        at: offsetOf(meet.at ?? 'T-0') ?? { kind: 'elapsed', ms: 0 },
        lengthMs: durationMs(meet.length),
        agenda: meet.agenda ?? [],
      },
    }),
  }
}

/** Ids of the notices that an occasion calls for. */
export const NOTICE_IDS = {
  late: 'notice-late',
  postponed: 'notice-postponed',
  abandoned: 'notice-abandoned',
  noGo: 'notice-no-go',
  update: (of: string) => `update-${of}`,
  meeting: (of: string) => `meeting-${of}`,
} as const

/** Notices without a time of their own: promised updates, moved meetings, being late, another time, none at all. */
export function occasionalNotices(runbook: Runbook, pool: string): readonly (readonly [string, Step])[] {
  const tells = runbook.steps.filter((step): step is Tell => step.kind === 'tell')
  if (tells.length === 0 && runbook.head.notices === undefined) return []
  const made = [...tells.flatMap((tell) => ofTell(runbook, tell, pool)), ...ofHead(runbook, pool)]
  return made.map((step) => [step.id, step])
}

type Tell = Extract<PlacedStep, { kind: 'tell' }>

function ofTell(runbook: Runbook, { id, document, path, title }: Tell, pool: string): TellStep[] {
  const line = sourceOf(runbook, path)
  const { every, until, to, approve, template, meet, by } = document
  const owner = present({ by: by ?? approve })
  const update =
    every === undefined || until === undefined
      ? []
      : [
          tell({
            id: NOTICE_IDS.update(id),
            title: `Update: ${title}`,
            line,
            pool,
            to,
            template,
            occasion: { kind: 'update', of: id, everyMs: durationMs(every), until },
            ...present({ approve }),
            ...owner,
          }),
        ]
  const meeting =
    meet === undefined
      ? []
      : [
          tell({
            id: NOTICE_IDS.meeting(id),
            title: `Changed: ${title}`,
            line,
            pool,
            to,
            template: 'cutover:meeting',
            occasion: { kind: 'meeting', of: id },
            ...owner,
          }),
        ]
  return [...update, ...meeting]
}

function ofHead(runbook: Runbook, pool: string): TellStep[] {
  const { late, postponed, no_go: noGo, abandoned } = runbook.head.notices ?? {}
  const line = sourceOf(runbook, [runbook.head.notices === undefined ? 'audiences' : 'notices'])
  const common = { line, pool }
  return [
    ...(late === undefined ? [] : [lateNotice(late, common)]),
    postponedNotice(postponed, common),
    ...(noGo === undefined ? [] : [noGoNotice(noGo, common)]),
    tell({
      ...common,
      id: NOTICE_IDS.abandoned,
      title: 'It does not take place',
      to: abandoned?.to ?? [],
      template: abandoned?.template ?? 'cutover:abandoned',
      occasion: { kind: 'abandoned' },
      page: 'cancelled',
    }),
  ]
}

type Written = NonNullable<Runbook['head']['notices']>
type Common = Pick<Given, 'line' | 'pool'>

const lateNotice = (
  { to, template, approve, state }: NonNullable<Written['late']>,
  common: Common,
): TellStep =>
  tell({
    ...common,
    id: NOTICE_IDS.late,
    title: 'It takes longer than was said',
    to,
    template,
    occasion: { kind: 'late' },
    page: state ?? 'extended',
    ...present({ approve, by: approve }),
  })

const noGoNotice = (
  { to, template, approve, state }: NonNullable<Written['no_go']>,
  common: Common,
): TellStep =>
  tell({
    ...common,
    id: NOTICE_IDS.noGo,
    title: 'It was decided not to go on',
    to,
    template,
    occasion: { kind: 'no-go' },
    ...present({ page: state, approve, by: approve }),
  })

function postponedNotice(written: Written['postponed'], common: Common): TellStep {
  const { to, template, approve, state } = written ?? { template: 'cutover:postponed' }
  return tell({
    ...common,
    id: NOTICE_IDS.postponed,
    title: 'Another time than was said',
    to: to ?? [],
    template,
    occasion: { kind: 'postponed' },
    page: state ?? 'scheduled',
    ...present({ approve, by: approve }),
  })
}

function sourceOf(runbook: Runbook, path: Parameters<Runbook['source']['spot']>[0]): string {
  const { file, line } = runbook.source.keySpot(path)
  return `${basename(file)}:${line}`
}

type Given = Pick<TellStep, 'id' | 'title' | 'pool' | 'to' | 'template' | 'page' | 'approve' | 'by'> & {
  readonly line: string
  readonly occasion: Occasion
}

const tell = ({ line, ...given }: Given): TellStep => ({
  kind: 'tell',
  place: 'notice',
  ...PLAIN_STEP,
  source: line,
  ...given,
})

/** The texts that the plan needs and no file of the runbook has. */
export function builtInTemplates(steps: Plan['steps']): Plan['templates'] {
  const named = Object.values(steps).flatMap((step) => (step.kind === 'tell' ? [step.template] : []))
  return Object.fromEntries(Object.entries(BUILT_IN_NOTICES).filter(([name]) => named.includes(name)))
}
