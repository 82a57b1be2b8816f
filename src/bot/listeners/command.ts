import type { App, SlashCommand } from '@slack/bolt'
import type { CutoverLog } from '../../app/ports.ts'
import { parseCommand, type Asked, type ReadWord } from '../grammar.ts'
import { COMMAND } from '../ids.ts'
import { attend, type Request } from './attend.ts'
import { keepContact } from '../../app/keep-contact.ts'
import { cutoverToActOn } from './where.ts'
import { actByCommand, type ActVerb } from './command-acts.ts'
import { answerByCommand } from './command-answers.ts'
import type { Desk } from './desk.ts'
import { say, type Reply } from './reply.ts'
import { openStart } from './start.ts'
import { commandRequest } from './surfaces.ts'

/** Where a command was typed. */
export interface Typed {
  readonly channel: string
  readonly trigger: string
}

export function registerCommand(app: App, desk: Desk): void {
  app.command(COMMAND, async ({ command, ack, respond }) => {
    const request = commandRequest({ command, ack, respond })
    await attend(desk, request, (log) => typed(desk, log, request, command))
  })
}

async function typed(desk: Desk, log: CutoverLog, request: Request, command: SlashCommand): Promise<Reply> {
  const asked = parseCommand(command.text)
  const place: Typed = { channel: command.channel_id, trigger: command.trigger_id }
  switch (asked.verb) {
    case 'unclear':
      return say(asked.message)
    case 'start':
      return openStart(desk, request, {
        ...place,
        ...(asked.runbook === undefined ? {} : { runbook: asked.runbook }),
      })
    case 'login':
      return login(desk, request, asked.code)
    case 'logout':
      return logout(desk, request)
    case 'contact':
      return contact(desk, log, request, { text: asked.text, channel: place.channel })
    default:
      return isReading(asked)
        ? answerByCommand(desk, log, request, { asked, place })
        : actByCommand(desk, log, request, { asked, place })
  }
}

type Told = Extract<Asked, { verb: ReadWord | ActVerb }>

const isReading = (asked: Told): asked is Extract<Asked, { verb: ReadWord }> =>
  ['status', 'plan', 'timeline', 'runbooks', 'help', 'follow-ups', 'contacts'].includes(asked.verb)

async function login({ logins }: Desk, { person }: Request, code: string): Promise<Reply> {
  return (await logins.confirm(code, person))
    ? say('You are logged in on that command line, as yourself. `/cutover logout` ends all your logins.')
    : say(
        'There is no such login waiting: the code is wrong, was used, or is older than ten minutes. Run `cutover login` again.',
      )
}

async function logout({ logins }: Desk, { person }: Request): Promise<Reply> {
  const ended = await logins.logout(person)
  return say(
    ended === 0
      ? 'You had no login of the command line.'
      : `Ended ${ended} of your logins of the command line.`,
  )
}

/** A number, an address, or both in any order. */
async function contact(
  desk: Desk,
  log: CutoverLog,
  { person }: Request,
  { text, channel }: { readonly text: string; readonly channel: string },
): Promise<Reply> {
  const found = await cutoverToActOn({ log, channels: desk.channels, channel })
  if (!found.ok) return say(found.text)
  const loaded = await log.load(found.cutover)
  if (!loaded) return say('That cutover is not in this log any more.')
  const words = text.split(/\s+/)
  const email = words.find((word) => word.includes('@'))
  const phone = words.filter((word) => word !== email).join(' ')
  const why = await keepContact(desk.contacts, loaded.state, person, {
    ...(email === undefined ? {} : { email: bareAddress(email) }),
    ...(phone === '' ? {} : { phone: barePhone(phone) }),
  })
  return say(
    why ?? 'Kept for those who hold a role in this cutover, until it is forgotten. It is in no record.',
  )
}

/** Slack writes addresses and numbers as links: `<mailto:a@b.c|a@b.c>`. */
const bareAddress = (text: string): string => /^<mailto:([^|>]+)/.exec(text)?.[1] ?? text
const barePhone = (text: string): string => /^<tel:([^|>]+)/.exec(text)?.[1] ?? text
