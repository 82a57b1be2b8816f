import { NoticeFailure, type Medium, type NoticeMeans } from '../../app/notice-means.ts'
import type { TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { CutoverLog } from '../../app/ports.ts'
import { forecast } from '../../domain/forecast.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { MailError } from '../../mail/mail-error.ts'
import { invitationOf } from '../../mail/invitation.ts'
import { makeMailer } from '../../mail/mailer.ts'
import { messageIdOf } from '../../mail/message-id.ts'
import { timelineAtEnd } from '../../report/timeline-at-end.ts'
import { timelineMail } from '../../report/timeline-mail.ts'
import { noticeContextOf } from '../../templates/context-of-cutover.ts'
import { plainNotice } from '../../templates/plain-notice.ts'
import { renderNotice, TemplateError, type NoticeToRender } from '../../templates/render-notice.ts'
import { makeWebhooks } from '../../webhooks/call.ts'
import type { WebhookReceivers } from '../../webhooks/receivers.ts'
import { WebhookError } from '../../webhooks/webhook-error.ts'

/** Notices are written by the templates and leave by Slack and SMTP. */
export function makeNoticeMeans(options: {
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly webhooks: WebhookReceivers
  readonly names: ReadonlyMap<PersonId, string>
  readonly log: CutoverLog
  readonly post: NoticeMeans['post']
}): NoticeMeans & TimelineMailMeans {
  const { smtpUrl, mailFrom, log, names } = options
  const webhooks = makeWebhooks(options.webhooks)
  const mailer = smtpUrl === undefined ? null : makeMailer({ url: smtpUrl, from: mailFrom })

  return {
    render(state, step, medium, now, audience) {
      const { done } = forecast(state, now)
      const context = noticeContextOf(state, {
        nameOf: (person) => names.get(person) ?? person,
        now,
        step: step.id,
        forecast: { earliest: done.low, latest: done.high },
      })
      const template = state.plan.templates[step.template] ?? ''
      try {
        return renderNotice({ template, medium: mediumFor(state, medium, audience), context })
      } catch (error) {
        return asFailure(error)
      }
    },
    plain: (state, text, medium) =>
      plainNotice(text, medium === 'slack' ? 'slack' : 'text', {
        rehearsalOn: state.plan.live ? null : state.plan.environment,
      }),
    post: options.post,
    call: (message) => webhooks.call(message).catch(asFailure),
    async timelineMail(state) {
      const ended = await timelineAtEnd(log, state, names)
      return ended === undefined ? null : timelineMail(ended)
    },
    async mail({ key, to, notice, meeting }) {
      if (!mailer) {
        throw new NoticeFailure(
          'There is no mail server: CUTOVER_SMTP_URL is not set.',
          'Set it and retry the notice, or send it by hand and skip it.',
        )
      }
      const invitation = meeting && invitationOf(meeting, { from: mailFrom, to, text: notice.text })
      const mail = {
        to,
        subject: notice.subject ?? '',
        text: notice.text,
        ...(notice.html === undefined ? {} : { html: notice.html }),
        ...(invitation === undefined ? {} : { invitation }),
        messageId: messageIdOf(key, mailFrom),
      }
      return mailer.send(mail).catch(asFailure)
    },
  }
}

/** Whatever an adapter says in words is said on; what it did not foresee stays as it is. */
function asFailure(error: unknown): never {
  if (error instanceof TemplateError) throw new NoticeFailure(error.message, error.hint)
  if (error instanceof WebhookError) throw new NoticeFailure(error.message, error.hint, error.mayHaveArrived)
  if (error instanceof MailError)
    throw new NoticeFailure(error.message, error.hint, error.outcome === 'not known')
  throw error
}

/** What a webhook takes decides how its text is written: an object where it takes any, plain sentences elsewhere. */
function mediumFor(state: CutoverState, medium: Medium, audience = ''): NoticeToRender['medium'] {
  if (medium !== 'webhook') return medium
  return state.plan.audiences[audience]?.webhook?.shape === 'json' ? 'webhook' : 'page'
}
