import { createTransport } from 'nodemailer'
import { mailErrorOf } from './mail-error.ts'
import { serverOf } from './smtp-url.ts'

const WITHIN_MS = 8_000

/** Says hello to the mail server and logs in; sends nothing. Gives its name; throws `MailError`. */
export async function reachMailServer(url: string): Promise<string> {
  const server = serverOf(url)
  const transport = createTransport({
    url,
    connectionTimeout: WITHIN_MS,
    greetingTimeout: WITHIN_MS,
    socketTimeout: WITHIN_MS,
    dnsTimeout: WITHIN_MS,
  })
  try {
    await transport.verify()
    return server
  } catch (error) {
    throw mailErrorOf(error, { server, timeoutMs: WITHIN_MS, textOffered: false })
  } finally {
    transport.close()
  }
}
