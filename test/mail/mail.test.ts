import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MailError } from '../../src/mail/mail-error.ts'
import { startMailSink, type MailSink } from '../../src/mail/mail-sink.ts'
import { makeMailer, type Mail } from '../../src/mail/mailer.ts'
import { messageIdOf } from '../../src/mail/message-id.ts'

const FROM = 'Cutover <cutover@ops.example>'

const mail: Mail = {
  to: ['ana@example.org', 'beka@example.org'],
  subject: 'Ward OPS maintenance begins',
  text: 'Heads up.\n.\nA line of its own was a dot. გამარჯობა 🔧',
  messageId: messageIdOf('c1/notice/start/staff/email/0', FROM),
}

let folder: string
let sink: MailSink

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-mail-'))
  sink = await startMailSink({ port: 0, folder: join(folder, 'mails') })
})

afterEach(async () => {
  await sink.stop()
  await rm(folder, { recursive: true, force: true })
})

function mailer(timeoutMs = 5_000) {
  return makeMailer({ url: sink.url, from: FROM, timeoutMs })
}

/** What a send failed with; fails the test when it did not. */
async function failureOf(send: Promise<unknown>): Promise<MailError> {
  const error = await send.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(MailError)
  return error as MailError
}

describe('a mail over SMTP', () => {
  test('arrives as it was written, in both its parts', async () => {
    const delivery = await mailer().send({ ...mail, html: '<p>Heads up.</p>' })

    expect(delivery).toEqual({ accepted: mail.to, rejected: [] })
    expect(sink.messages()).toEqual([
      expect.objectContaining({
        from: 'cutover@ops.example',
        to: mail.to,
        subject: mail.subject,
        text: `${mail.text}\n`,
        html: '<p>Heads up.</p>\n',
        messageId: mail.messageId,
      }),
    ])
  })

  test('says that a machine sent it, so that nobody is told of an absence', async () => {
    await mailer().send(mail)

    expect(await readFile(sink.messages()[0]!.file, 'utf8')).toMatch(/^Auto-Submitted: auto-generated\r$/m)
  })

  test('bears an id made from its key: the same for the same notice, another for another', () => {
    expect(mail.messageId).toMatch(/^<[0-9a-f]{32}@ops\.example>$/)
    expect(messageIdOf('c1/notice/start/staff/email/0', FROM)).toBe(mail.messageId)
    expect(messageIdOf('c1/notice/start/staff/email/1', FROM)).not.toBe(mail.messageId)
  })

  test('a value with a line end adds no header', async () => {
    await mailer().send({ ...mail, subject: 'Hello\r\nBcc: everybody@example.org' })

    const [received] = sink.messages()
    expect(received!.to).toEqual(mail.to)
    expect(await readFile(received!.file, 'utf8')).not.toMatch(/^Bcc:/m)
  })

  test('a name in the text is no file to read', async () => {
    const secret = join(folder, 'secret')
    const hostile = { ...mail, text: `file://${secret}`, subject: secret }

    await mailer().send(hostile)

    expect(sink.messages()[0]!.text).toContain('file://')
  })
})

describe('refused recipients', () => {
  test('one that is refused keeps nothing from the others', async () => {
    sink.refuse('ana@example.org', 'No such mailbox here')

    const delivery = await mailer().send(mail)

    expect(delivery).toEqual({
      accepted: ['beka@example.org'],
      rejected: [{ address: 'ana@example.org', reason: '550 No such mailbox here' }],
    })
    expect(sink.messages()[0]!.to).toEqual(['beka@example.org'])
  })

  test('when all are refused each is listed, and nothing was sent', async () => {
    sink.refuse('ana@example.org', 'No such mailbox here')
    sink.refuse('beka@example.org', 'Mailbox full')

    const delivery = await mailer().send(mail)

    expect(delivery.accepted).toEqual([])
    expect(delivery.rejected).toEqual([
      { address: 'ana@example.org', reason: '550 No such mailbox here' },
      { address: 'beka@example.org', reason: '550 Mailbox full' },
    ])
    expect(sink.messages()).toEqual([])
  })

  test('what is no address is refused here, and the others are sent to once', async () => {
    const to = ['ana@example.org', 'not an address', 'x@y\r\nRCPT TO:<z@example.org>', ' ana@example.org ']

    const delivery = await mailer().send({ ...mail, to })

    expect(delivery.accepted).toEqual(['ana@example.org'])
    expect(delivery.rejected.map(({ reason }) => reason)).toEqual([
      'this is not an e-mail address',
      'this is not an e-mail address',
    ])
    expect(sink.messages()).toHaveLength(1)
    expect(await mailer().send({ ...mail, to: [] })).toEqual({ accepted: [], rejected: [] })
  })
})

describe('a server that does not do its part', () => {
  test('one that is not there: nothing was sent', async () => {
    const { url } = sink
    await sink.stop()

    const error = await failureOf(makeMailer({ url, from: FROM, timeoutMs: 2_000 }).send(mail))

    expect(error.message).toMatch(
      /^The mail server 127\.0\.0\.1:\d+ cannot be reached, or hung up\. Nothing was sent\.$/,
    )
    expect(error.outcome).toBe('not sent')
    expect(error.hint).toContain('up and reachable')
  })

  test('one that never greets: nothing was sent, and the wait ends', async () => {
    sink.hang('greeting')

    const error = await failureOf(mailer(300).send(mail))

    expect(error.message).toMatch(/did not answer within 0\.3 s\. Nothing was sent\.$/)
    expect(error.outcome).toBe('not sent')
  })

  test('one that falls silent holding the text: nobody knows, and that is said', async () => {
    sink.hang('text')

    const error = await failureOf(mailer(300).send(mail))

    expect(error.outcome).toBe('not known')
    expect(error.message).toContain('it may have been delivered or not')
    expect(error.hint).toMatch(/^Ask a recipient before sending it again\./)
    expect(sink.messages()).toHaveLength(1)
  })

  test('a login that is refused is not shown with its password', async () => {
    const server = await talkingServer(['220 hi', '250-hi\r\n250 AUTH PLAIN', '535 Who are you'])
    const url = `smtp://lead:hunter2@127.0.0.1:${portOf(server)}`

    const error = await failureOf(makeMailer({ url, from: FROM, timeoutMs: 2_000 }).send(mail))
    server.close()

    expect(error.message).toBe(
      `The mail server 127.0.0.1:${portOfUrl(url)} refused the login: 535 Who are you. Nothing was sent.`,
    )
    expect(JSON.stringify([error.message, error.hint])).not.toContain('hunter2')
  })

  test('a text that is refused after it was read was not sent', async () => {
    const server = await talkingServer([
      '220 hi',
      '250 hi',
      '250 ok',
      '250 ok',
      '250 ok',
      '354 go',
      '554 Looks like spam',
    ])

    const error = await failureOf(
      makeMailer({ url: `smtp://127.0.0.1:${portOf(server)}`, from: FROM, timeoutMs: 2_000 }).send(mail),
    )
    server.close()

    expect(error.message).toContain('refused the mail: 554 Looks like spam. Nothing was sent.')
    expect(error.outcome).toBe('not sent')
  })

  test.each(['http://mail.example', 'mail.example:25', 'smtp://', ''])('%j is no SMTP URL', (url) => {
    expect(() => makeMailer({ url, from: FROM })).toThrow(/not an SMTP URL/)
  })
})

describe('the sink', () => {
  test('keeps each mail as a file that only its owner can read', async () => {
    await mailer().send(mail)
    await mailer().send({ ...mail, subject: 'Second' })

    const files = sink.messages().map(({ file }) => file)
    expect(files.map((file) => file.slice(-8))).toEqual(['0001.eml', '0002.eml'])
    for (const file of files) expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'mails'))).mode & 0o777).toBe(0o700)
    expect(await readFile(files[1]!, 'utf8')).toContain('Subject: Second')
  })

  test('overwrites nothing of an earlier run in the same folder', async () => {
    await mailer().send(mail)
    await sink.stop()
    sink = await startMailSink({ port: 0, folder: join(folder, 'mails') })

    await mailer().send({ ...mail, subject: 'Later' })

    expect(sink.messages()[0]!.file).toMatch(/0002\.eml$/)
  })

  test('a port that is taken is said in words', async () => {
    const port = Number(portOfUrl(sink.url))

    await expect(startMailSink({ port, folder })).rejects.toThrow(/cannot listen on 127\.0\.0\.1:\d+/)
  })
})

/** A server that says these lines one after the other, one for each line it hears; bodies count once. */
async function talkingServer(answers: readonly string[]): Promise<Server> {
  const server = createServer((socket: Socket) => {
    const left = [...answers]
    const say = () => socket.write(`${left.shift() ?? '250 ok'}\r\n`)
    let inText = false
    say()
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      const heard = chunk.toString()
      if (inText && !heard.includes('\r\n.\r\n')) return
      const startsText = !inText && heard.startsWith('DATA')
      inText = startsText
      say()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function portOfUrl(url: string): string {
  return new URL(url).port
}
