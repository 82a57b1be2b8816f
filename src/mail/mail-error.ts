import { z } from 'zod'

/**
 * A mail did not go out as asked. `outcome` says whether anybody can have received it: `not known` when the
 * connection was lost while the server held the text, so that sending again may mean two copies.
 */
export class MailError extends Error {
  override readonly name = 'MailError'
  readonly hint: string
  readonly outcome: 'not sent' | 'not known'

  constructor(message: string, hint: string, outcome: 'not sent' | 'not known', options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
    this.outcome = outcome
  }
}

/** What nodemailer hangs onto its errors, as far as it is looked at. */
const SendFailure = z
  .object({
    code: z.string().default(''),
    responseCode: z.number().optional(),
    response: z.unknown().optional(),
  })
  .catch({ code: '', response: undefined })

export interface FailureSite {
  /** `mail.example:587`; never with the user or the password. */
  readonly server: string
  readonly timeoutMs: number
  /** The text had been offered to the server when it failed. */
  readonly textOffered: boolean
}

/** Says in words what a failed send means. The error itself stays as `cause` and is not shown. */
export function mailErrorOf(error: unknown, site: FailureSite): MailError {
  const { code, responseCode, response } = SendFailure.parse(error)
  const answered = responseCode !== undefined
  const outcome = site.textOffered && !answered ? 'not known' : 'not sent'
  const [what, hint] = explain(code, answered ? oneLine(response) : undefined, site)
  const consequence =
    outcome === 'not sent'
      ? 'Nothing was sent.'
      : 'The text had been handed over: it may have been delivered or not.'
  const advice = outcome === 'not sent' ? hint : `Ask a recipient before sending it again. ${hint}`
  return new MailError(`${what} ${consequence}`, advice, outcome, { cause: error })
}

function explain(
  code: string,
  answer: string | undefined,
  { server, timeoutMs }: FailureSite,
): readonly [what: string, hint: string] {
  switch (code) {
    case 'ETIMEDOUT':
      return [
        `The mail server ${server} did not answer within ${timeoutMs / 1000} s.`,
        'See whether it is up and reachable from here.',
      ]
    case 'EDNS':
      return [`The name of the mail server ${server} is not known.`, 'Look at the host in CUTOVER_SMTP_URL.']
    case 'EAUTH':
    case 'ENOAUTH':
      return [
        `The mail server ${server} refused the login${answer === undefined ? '' : `: ${answer}`}.`,
        'Look at user and password in CUTOVER_SMTP_URL.',
      ]
    case 'ETLS':
      return [
        `No encrypted connection to the mail server ${server} came about.`,
        'Look at its certificate, and at smtp: or smtps: in CUTOVER_SMTP_URL.',
      ]
    default:
      return answer === undefined
        ? [
            `The mail server ${server} cannot be reached, or hung up.`,
            'See whether it is up and reachable from here.',
          ]
        : [
            `The mail server ${server} refused the mail: ${answer}.`,
            'Its answer says why; the sender address is the usual reason.',
          ]
  }
}

/** A server's answer as part of a sentence: one line, not endless. */
export function oneLine(answer: unknown): string {
  const line = String(answer ?? 'no reason given')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return line.length <= 200 ? line.replace(/\.$/, '') : `${line.slice(0, 199)}…`
}
