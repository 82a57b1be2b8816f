import { z } from 'zod'

/** Every button. A click carries a {@link ButtonValue}; one that needs words opens the form of the same name. */
export const ACTIONS = {
  run: 'step.run',
  look: 'step.look',
  tick: 'step.tick',
  tickFailed: 'step.tick-failed',
  tickNa: 'step.tick-na',
  untick: 'step.untick',
  items: 'step.items',
  retry: 'step.retry',
  skip: 'step.skip',
  override: 'step.override',
  cancel: 'step.cancel',
  unblock: 'step.unblock',
  endBlocker: 'step.end-blocker',
  markSucceeded: 'step.mark-succeeded',
  markFailed: 'step.mark-failed',
  move: 'step.move',
  approve: 'step.approve',
  edit: 'step.edit',
  reject: 'step.reject',
  choose: 'choice.choose',
  go: 'gate.go',
  noGo: 'gate.no-go',
  confirm: 'gate.confirm',
  unconfirm: 'gate.unconfirm',
  overrideCriterion: 'gate.override',
  round: 'gate.round',
  hold: 'cutover.hold',
  why: 'cutover.why-held',
  resume: 'cutover.resume',
  rollback: 'cutover.rollback',
  postpone: 'cutover.postpone',
  abandon: 'cutover.abandon',
  plan: 'cutover.plan',
  openIssue: 'cutover.open-issue',
  changeIssue: 'cutover.change-issue',
  closeIssue: 'cutover.close-issue',
  takeOn: 'cutover.take-on',
  allowChange: 'cutover.allow-change',
  acceptCheckpoint: 'cutover.accept-checkpoint',
  addFollowUp: 'cutover.add-follow-up',
  closeFollowUp: 'cutover.close-follow-up',
  waiveFollowUp: 'cutover.waive-follow-up',
  debrief: 'cutover.debrief',
  forget: 'cutover.forget',
  userReport: 'cutover.user-report',
  ackYes: 'role.ack-yes',
  ackNo: 'role.ack-no',
  takeOver: 'role.take-over',
  assign: 'role.assign',
  open: 'open.again',
} as const
export type ActionId = (typeof ACTIONS)[keyof typeof ACTIONS]

const ACTION_IDS: readonly string[] = Object.values(ACTIONS)
export const isAction = (id: string): id is ActionId => ACTION_IDS.includes(id)

/** Every modal. */
export const FORMS = {
  start: 'form.start',
  act: 'form.act',
  rollback: 'form.rollback',
  items: 'form.items',
  plan: 'form.plan',
  note: 'form.note',
  report: 'form.report',
} as const

export const SHORTCUTS = { addToTimeline: 'add_to_timeline', userReport: 'user_report' } as const
export const COMMAND = '/cutover'

/**
 * What a button knows. `subject` is a step, a gate, a choice or the cutover, `part` an item, a criterion, an option, a role or an issue
 * of it; `revision` is that of the subject when the button was drawn, so that an old button is answered with what
 * has happened since.
 */
export const ButtonValue = z.object({
  cutover: z.string(),
  subject: z.string(),
  part: z.string().optional(),
  revision: z.number().int(),
})
export type ButtonValue = z.infer<typeof ButtonValue>

export function encodeValue({ cutover, subject, part, revision }: ButtonValue): string {
  return JSON.stringify([cutover, subject, revision, ...(part === undefined ? [] : [part])])
}

const Encoded = z.tuple([z.string(), z.string(), z.number().int()]).rest(z.string())

/** Null for a value that is none of ours. */
export function decodeValue(text: string | undefined): ButtonValue | null {
  try {
    const [cutover, subject, revision, part] = Encoded.parse(JSON.parse(text ?? ''))
    return { cutover, subject, revision, ...(part === undefined ? {} : { part }) }
  } catch {
    return null
  }
}
