import { MailError } from './mail-error.ts'

/** Host and port of an SMTP URL, for messages: never user or password. Throws {@link MailError}. */
export function serverOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['smtp:', 'smtps:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw new MailError(
      'The address of the mail server is not an SMTP URL.',
      'Write CUTOVER_SMTP_URL as smtp://host:port or smtps://user:password@host.',
      'not sent',
    )
  }
  return parsed.port === '' ? parsed.hostname : `${parsed.hostname}:${parsed.port}`
}
