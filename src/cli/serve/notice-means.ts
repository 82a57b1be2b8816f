import { NoticeFailure, type NoticeMeans } from '../../app/deliver-notices.ts'
import type { TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { CutoverLog } from '../../app/ports.ts'
import { forecast } from '../../domain/forecast.ts'
import type { PersonId } from '../../domain/plan.ts'
import { MailError } from '../../mail/mail-error.ts'
import { makeMailer } from '../../mail/mailer.ts'
import { messageIdOf } from '../../mail/message-id.ts'
import { timelineAtEnd } from '../../report/timeline-at-end.ts'
import { timelineMail } from '../../report/timeline-mail.ts'
import { noticeContextOf } from '../../templates/context-of-cutover.ts'
import { renderNotice, TemplateError } from '../../templates/render-notice.ts'

/** Notices are written by the templates and leave by Slack and SMTP. */
export function makeNoticeMeans(options: {
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly names: ReadonlyMap<PersonId, string>
  readonly log: CutoverLog
  readonly post: NoticeMeans['post']
}): NoticeMeans & TimelineMailMeans {
  const { smtpUrl, mailFrom, log, names } = options
  const mailer = smtpUrl === undefined ? null : makeMailer({ url: smtpUrl, from: mailFrom })

  return {
    render(state, step, medium, now) {
      const { done } = forecast(state, now)
      const context = noticeContextOf(state, {
        nameOf: (person) => names.get(person) ?? person,
        now,
        forecast: { earliest: done.low, latest: done.high },
      })
      try {
        return renderNotice({ template: state.plan.templates[step.template] ?? '', medium, context })
      } catch (error) {
        if (error instanceof TemplateError) throw new NoticeFailure(error.message, error.hint)
        throw error
      }
    },
    post: options.post,
    async timelineMail(state) {
      const ended = await timelineAtEnd(log, state, names)
      return ended === undefined ? null : timelineMail(ended)
    },
    async mail({ key, to, notice }) {
      if (!mailer) {
        throw new NoticeFailure(
          'There is no mail server: CUTOVER_SMTP_URL is not set.',
          'Set it and retry the notice, or send it by hand and skip it.',
        )
      }
      try {
        return await mailer.send({
          to,
          subject: notice.subject ?? '',
          text: notice.text,
          ...(notice.html === undefined ? {} : { html: notice.html }),
          messageId: messageIdOf(key, mailFrom),
        })
      } catch (error) {
        if (error instanceof MailError) throw new NoticeFailure(error.message, error.hint)
        throw error
      }
    },
  }
}
