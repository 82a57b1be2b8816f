import type { App, MessageShortcut, ViewOutput } from '@slack/bolt'
import type { CutoverLog } from '../../app/ports.ts'
import { clip } from '../blocks.ts'
import { FORMS, SHORTCUTS } from '../ids.ts'
import { typedText } from '../typed-text.ts'
import { INPUTS, NoteMemory, recall } from '../views/forms.ts'
import { noteForm, reportForm } from '../views/note-form.ts'
import { attend, type Request } from './attend.ts'
import { act, type Desk } from './desk.ts'
import { answersOf } from './form-answers.ts'
import { onForm, refusedIn } from './forms.ts'
import { openForm } from './open-form.ts'
import { done, errors, say, type Reply } from './reply.ts'
import { clickRequest } from './surfaces.ts'
import { cutoverToRead } from './where.ts'

const TEXT_MAX = 2_900

/** A message becomes a note in the timeline or a report from a user, with its author and a link to it. */
export function registerShortcut(app: App, desk: Desk): void {
  app.shortcut<MessageShortcut>(
    { callback_id: SHORTCUTS.addToTimeline, type: 'message_action' },
    async ({ shortcut, ack, respond }) => {
      const request = clickRequest({ body: shortcut, what: 'shortcut', ack: () => ack(), respond })
      await attend(desk, request, (log) => openNote(desk, log, request, shortcut))
    },
  )
  app.shortcut<MessageShortcut>(
    { callback_id: SHORTCUTS.userReport, type: 'message_action' },
    async ({ shortcut, ack, respond }) => {
      const request = clickRequest({ body: shortcut, what: 'shortcut', ack: () => ack(), respond })
      await attend(desk, request, (log) => openNote(desk, log, request, shortcut, reportForm))
    },
  )
  onForm(app, desk, FORMS.note, submitNote)
  onForm(app, desk, FORMS.report, submitReport)
}

async function openNote(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { message, channel, trigger_id: trigger }: MessageShortcut,
  form = noteForm,
): Promise<Reply> {
  const open = await log.open()
  if (open.length === 0) return say('No cutover is open, so there is no timeline to add this to.')
  const [link, found] = await Promise.all([
    permalink(desk, request, channel.id, message.ts),
    cutoverToRead({ log, channels: desk.channels, channel: channel.id }),
  ])
  const memory: NoteMemory = {
    ...(found.ok ? { cutover: found.cutover } : {}),
    ...(message.user === undefined ? {} : { author: message.user }),
    ...(link === undefined ? {} : { link }),
  }
  const text = clip(typedText(message.text ?? ''), TEXT_MAX)
  return openForm(desk.client, { trigger, view: form({ memory, text, cutovers: open }) })
}

/** The app sees no link to messages of channels it is not in; the note is worth having without it. */
async function permalink(
  desk: Desk,
  request: Request,
  channel: string,
  ts: string,
): Promise<string | undefined> {
  try {
    return (await desk.client.chat.getPermalink({ channel, message_ts: ts })).permalink
  } catch (error) {
    desk.logger.info(
      { request: request.reference, reason: String(error) },
      'a note has no link to its message',
    )
    return undefined
  }
}

async function submitNote(desk: Desk, log: CutoverLog, request: Request, view: ViewOutput): Promise<Reply> {
  const memory = recall(NoteMemory, view.private_metadata)
  const answers = answersOf(view)
  const cutover = memory?.cutover ?? answers.get(INPUTS.cutover)
  const text = answers.get(INPUTS.note)
  if (cutover === undefined || text === undefined)
    return errors({ [INPUTS.note]: 'Write what is to be noted.' })
  const { author, link } = memory ?? {}
  const outcome = await act(desk, log, request, {
    cutover,
    command: {
      type: 'note',
      text,
      ...(author === undefined ? {} : { author }),
      ...(link === undefined ? {} : { link }),
    },
    key: `form/${view.id}`,
  })
  return outcome.ok ? done() : refusedIn(desk, view, outcome.refusal)
}

async function submitReport(desk: Desk, log: CutoverLog, request: Request, view: ViewOutput): Promise<Reply> {
  const memory = recall(NoteMemory, view.private_metadata)
  const answers = answersOf(view)
  const cutover = memory?.cutover ?? answers.get(INPUTS.cutover)
  const text = answers.get(INPUTS.note)
  if (cutover === undefined || text === undefined)
    return errors({ [INPUTS.note]: 'Write what users report.' })
  const count = answers.get(INPUTS.count)
  if (count !== undefined && !/^[1-9]\d{0,4}$/.test(count.trim()))
    return errors({ [INPUTS.count]: 'Write a whole number: how many people it stands for.' })
  const { author, link } = memory ?? {}
  const ticket = answers.get(INPUTS.ticket)
  const outcome = await act(desk, log, request, {
    cutover,
    command: {
      type: 'user report',
      text,
      ...(count === undefined ? {} : { count: Number(count) }),
      ...(ticket === undefined ? {} : { ticket }),
      ...(author === undefined ? {} : { author }),
      ...(link === undefined ? {} : { link }),
    },
    key: `form/${view.id}`,
  })
  return outcome.ok ? done() : refusedIn(desk, view, outcome.refusal)
}
