import { createTransport } from 'nodemailer'
import type { CalendarPart } from './invitation.ts'
import { mailErrorOf, oneLine } from './mail-error.ts'
import { serverOf } from './smtp-url.ts'

export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** As {@link messageIdOf} makes it from the notice's key. */
  readonly messageId: string
  readonly invitation?: CalendarPart
}

export interface Delivery {
  readonly accepted: readonly string[]
  readonly rejected: readonly { readonly address: string; readonly reason: string }[]
}

export interface Mailer {
  /**
   * Hands one mail to the server for all addresses; one that is refused does not keep it from the others.
   * Resolves once the server has taken it or has refused every address; throws `MailError` otherwise.
   */
  send(mail: Mail): Promise<Delivery>
}

const TIMEOUT_MS = 20_000
const ADDRESS = /^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/

/**
 * Mail over SMTP. `url` is `smtp://[user:password@]host[:port]` or `smtps://…`, `from` an address with or without
 * a name. Nothing is connected before the first send, and each send has a connection of its own.
 */
export function makeMailer(options: {
  readonly url: string
  readonly from: string
  readonly timeoutMs?: number
}): Mailer {
  const { url, from, timeoutMs = TIMEOUT_MS } = options
  const server = serverOf(url)
  return {
    async send(mail) {
      const { usable, unusable } = sortAddresses(mail.to)
      if (usable.length === 0) return { accepted: [], rejected: unusable }
      const delivery = await sendOverSmtp({ ...mail, to: usable }, { url, from, server, timeoutMs })
      return { accepted: delivery.accepted, rejected: [...unusable, ...delivery.rejected] }
    },
  }
}

interface Route {
  readonly url: string
  readonly from: string
  readonly server: string
  readonly timeoutMs: number
}

async function sendOverSmtp(mail: Mail, { url, from, server, timeoutMs }: Route): Promise<Delivery> {
  let textOffered = false
  const quiet = () => undefined
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    // Its record of the conversation is the only place that tells how far a send had come.
    transactionLog: true,
    logger: {
      trace: quiet,
      info: quiet,
      warn: quiet,
      error: quiet,
      fatal: quiet,
      debug: (entry: unknown, message: unknown) => {
        const isCommand =
          typeof entry === 'object' && entry !== null && 'tnx' in entry && entry.tnx === 'client'
        if (isCommand && message === 'DATA') textOffered = true
      },
    },
  })
  try {
    const { to, subject, text, html, messageId, invitation } = mail
    const sent = await transport.sendMail({
      from,
      to: [...to],
      subject,
      text,
      ...(html === undefined ? {} : { html }),
      messageId,
      ...(invitation === undefined ? {} : { icalEvent: { filename: 'invitation.ics', ...invitation } }),
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    return { accepted: sent.accepted.map(addressOf), rejected: (sent.rejectedErrors ?? []).map(refusalOf) }
  } catch (error) {
    const refused = refusals(error)
    if (refused.length > 0) return { accepted: [], rejected: refused }
    throw mailErrorOf(error, { server, timeoutMs, textOffered })
  } finally {
    transport.close()
  }
}

/** Every address was refused, which nodemailer throws; to us it is an ordinary answer. */
function refusals(error: unknown): Delivery['rejected'] {
  const errors = error instanceof Error && 'rejectedErrors' in error ? error.rejectedErrors : undefined
  return Array.isArray(errors) ? errors.map(refusalOf) : []
}

function refusalOf(error: {
  readonly recipient?: unknown
  readonly response?: unknown
}): Delivery['rejected'][number] {
  return { address: addressOf(error.recipient), reason: oneLine(error.response) }
}

function addressOf(recipient: unknown): string {
  if (typeof recipient === 'string') return recipient
  return typeof recipient === 'object' && recipient !== null && 'address' in recipient
    ? String(recipient.address)
    : ''
}

function sortAddresses(to: readonly string[]) {
  const distinct = [...new Set(to.map((address) => address.trim()))]
  return {
    usable: distinct.filter((address) => ADDRESS.test(address)),
    unusable: distinct
      .filter((address) => !ADDRESS.test(address))
      .map((address) => ({ address, reason: 'this is not an e-mail address' })),
  }
}
