import type { CutoverLog } from '../../app/ports.ts'
import { decide } from '../../domain/decide.ts'
import { button, section } from '../blocks.ts'
import { ACTIONS, FORMS } from '../ids.ts'
import { modal } from '../views/modal.ts'
import { rollbackForm, rollbackLoading } from '../views/rollback-form.ts'
import type { Request } from './attend.ts'
import type { Desk } from './desk.ts'
import { openView } from './open-form.ts'
import { done, type Reply } from './reply.ts'
import { refusalText } from './wording.ts'

/** Opened at once as “loading”, because the trigger does not wait for the log; then filled, or it says why not. */
export async function openRollback(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { trigger, cutover }: { readonly trigger: string; readonly cutover: string },
): Promise<Reply> {
  const again = button({
    action: ACTIONS.rollback,
    label: 'Open the form',
    style: 'danger',
    value: { cutover, subject: cutover, revision: 0 },
  })
  const opened = await openView(desk.client, { trigger, view: rollbackLoading(), again })
  if (!opened.ok) return opened.reply
  const view = await filled(log, request, cutover).catch((error: unknown) => {
    desk.logger.error({ request: request.reference, reason: String(error) }, 'a rollback form was not filled')
    return saying(
      'The log does not answer, so the rollback cannot be worked out. Nothing was recorded. On the host, ' +
        '`cutover worker hold` works without the log.',
    )
  })
  await desk.client.views.update({ view_id: opened.view, view })
  return done()
}

async function filled(log: CutoverLog, { person }: Request, cutover: string) {
  const loaded = await log.load(cutover)
  if (!loaded) return saying(`There is no cutover ${cutover} in this log.`)
  const { state, now } = loaded
  const decision = decide(
    state,
    {
      type: 'rollback',
      name: state.plan.rollback.name,
      reason: 'asked before the form is filled in',
      running: 'wait',
    },
    { actor: { kind: 'person', person, via: 'slack' }, at: now },
  )
  // Which of several is what the form asks.
  if (!decision.ok && decision.refusal.code !== 'option missing') return saying(refusalText(decision.refusal))
  return rollbackForm(state, { now, button: { cutover, subject: cutover, revision: state.revision } })
}

const saying = (text: string) => modal({ id: FORMS.rollback, title: 'Roll back', blocks: [section(text)] })
