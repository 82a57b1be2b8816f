import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { once } from 'node:events'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'

export interface ReceivedMail {
  /** The `.eml` file, as it came in. */
  readonly file: string
  readonly from: string
  /** The addresses it was delivered to, whatever its headers say. */
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html?: string
  readonly messageId: string
}

export interface MailSink {
  /** `smtp://127.0.0.1:PORT`. */
  readonly url: string
  /** In the order of arrival. */
  messages(): readonly ReceivedMail[]
  /** From now on this address is refused with these words. */
  refuse(address: string, reason: string): void
  /** From now on nothing is answered: neither a new connection, nor a text that was handed over. */
  hang(where: 'greeting' | 'text' | 'nowhere'): void
  stop(): Promise<void>
}

const MESSAGE_BYTES_MAX = 10 * 1024 * 1024

/**
 * A mail server for the demo and the tests: on the loopback interface, without login or encryption, it takes
 * what it is given and delivers it nowhere but into `folder` (0700), one file (0600) for each mail.
 */
export async function startMailSink(options: {
  readonly port: number
  readonly folder: string
}): Promise<MailSink> {
  const { port, folder } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const received: ReceivedMail[] = []
  const refused = new Map<string, string>()
  let hangs: Parameters<MailSink['hang']>[0] = 'nowhere'
  // A folder that was used before keeps what is in it.
  let arrived = (await readdir(folder)).filter((name) => name.endsWith('.eml')).length

  const keep = async (raw: Buffer, session: SMTPServerSession) => {
    arrived += 1
    const file = join(folder, `${String(arrived).padStart(4, '0')}.eml`)
    const mail = await PostalMime.parse(raw)
    await writeFile(file, raw, { mode: 0o600, flag: 'wx' })
    received.push({
      file,
      from: mail.from?.address ?? '',
      to: session.envelope.rcptTo.map(({ address }) => address),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      ...(mail.html === undefined ? {} : { html: mail.html }),
      messageId: mail.messageId ?? '',
    })
  }

  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MESSAGE_BYTES_MAX,
    closeTimeout: 100,
    onConnect: (_session, answer) => {
      if (hangs !== 'greeting') answer()
    },
    onRcptTo: ({ address }, _session, answer) => {
      const reason = refused.get(address.toLowerCase())
      answer(reason === undefined ? null : Object.assign(new Error(reason), { responseCode: 550 }))
    },
    onData: (stream, session, answer) => {
      buffer(stream)
        .then((raw) => keep(raw, session))
        .then(() => {
          if (hangs !== 'text') answer()
        })
        .catch(() => answer(Object.assign(new Error('the mail could not be kept'), { responseCode: 451 })))
    },
  })
  // A client that goes away in the middle is nothing a sink has to report.
  server.on('error', () => undefined)
  const listening = server.listen(port, '127.0.0.1')
  await once(listening, 'listening').catch((error: unknown) => {
    throw new Error(
      `The mail sink cannot listen on 127.0.0.1:${port}; something else may be using the port.`,
      { cause: error },
    )
  })
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('The mail sink has no port.')

  return {
    url: `smtp://127.0.0.1:${address.port}`,
    messages: () => [...received],
    refuse: (who, reason) => void refused.set(who.toLowerCase(), reason),
    hang: (where) => {
      hangs = where
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
