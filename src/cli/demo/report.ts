import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Records } from '../../http/routes/cutovers.ts'
import type { ReceivedMail } from '../../mail/mail-sink.ts'
import type { Control, ShownMessage } from './people/control.ts'

/** Everything that is left of a cutover: its record, what was sent, and what stood in the channel. Gives the names. */
export async function writeReport(
  folder: string,
  from: {
    readonly records: Records
    readonly cutover: string
    readonly control: Control
    readonly channel: string
    readonly mails: readonly ReceivedMail[]
  },
): Promise<readonly string[]> {
  const exported = (await from.records.exported(from.cutover)) ?? {}
  const files = {
    ...exported,
    'channel.md': transcript(from.channel, await from.control.messages(from.channel)),
    'ops.md': transcript('ops', await from.control.messages('ops')),
    'mail.md': mailsText(from.mails),
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  if (from.mails.length === 0) return Object.keys(files)
  mkdirSync(join(folder, 'mail'))
  for (const { file } of from.mails) copyFileSync(file, join(folder, 'mail', basename(file)))
  return [...Object.keys(files), 'mail/']
}

/** As it arrived; the files in `mail/` are the same with all their headers. */
function mailsText(mails: readonly ReceivedMail[]): string {
  const letters = mails.map(
    ({ from, to, subject, text }) => `## ${subject}\n\nFrom ${from} to ${to.join(', ')}\n\n${quoted(text)}\n`,
  )
  return ['# E-mail\n', ...letters].join('\n')
}

function transcript(channel: string, messages: readonly ShownMessage[]): string {
  return `# #${channel}\n\n${threads(messages)}\n`
}

function threads(messages: readonly ShownMessage[]): string {
  return messages
    .map((message) =>
      [entry(message, ''), ...message.replies.map((reply) => entry(reply, '> '))].join('\n\n'),
    )
    .join('\n\n---\n\n')
}

function entry({ from, ts, text }: ShownMessage, mark: string): string {
  const at = new Date(Number(ts) * 1000).toISOString().slice(11, 19)
  const lines = [`**${from}** ${at} UTC`, '', ...text.split('\n').map((line) => `${line}  `)]
  return lines.map((line) => `${mark}${line}`.trimEnd() + (line.endsWith('  ') ? '  ' : '')).join('\n')
}

function quoted(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n')
}
