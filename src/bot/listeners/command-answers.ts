import { mayRead, PRIVATE_TEXT } from '../../domain/people.ts'
import type { RunbookSummary } from '../../app/open-cutover.ts'
import type { CutoverLog, Loaded } from '../../app/ports.ts'
import { timelineBlocks } from '../../report/timeline-blocks.ts'
import { timelineOf } from '../../report/timeline-of.ts'
import { planView } from '../views/plan-view.ts'
import { helpText } from '../views/help.ts'
import { statusMessage } from '../views/status.ts'
import type { ReadWord } from '../grammar.ts'
import { contactsText } from '../views/contacts.ts'
import { followUpsMessage } from '../views/afterwards.ts'
import { dotted, value } from '../views/words.ts'
import type { Request } from './attend.ts'
import type { Typed } from './command.ts'
import type { Desk } from './desk.ts'
import { openForm } from './open-form.ts'
import { say, type Reply } from './reply.ts'
import { cutoverToRead } from './where.ts'

type Reading = { readonly verb: ReadWord }

/** A word of `/cutover` that only shows something, to the person who asked. */
export async function answerByCommand(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { asked, place }: { readonly asked: Reading; readonly place: Typed },
): Promise<Reply> {
  if (asked.verb === 'runbooks') return say(runbooksText(await desk.runbooks.list()))
  const found = await cutoverToRead({ log, channels: desk.channels, channel: place.channel })
  const loaded = found.ok ? await log.load(found.cutover) : null
  if (asked.verb === 'help') return say(helpText(request.person, loaded))
  if (!found.ok) return say(found.text)
  if (!loaded) return say('That cutover is not in this log any more.')
  if (!found.here && !mayRead(loaded.state, request.person)) return say(PRIVATE_TEXT)
  return shown(desk, log, request, { verb: asked.verb, place, loaded })
}

async function shown(
  desk: Desk,
  log: CutoverLog,
  { person }: Request,
  given: {
    readonly verb: Exclude<ReadWord, 'runbooks' | 'help'>
    readonly place: Typed
    readonly loaded: Loaded
  },
): Promise<Reply> {
  const { state, now } = given.loaded
  switch (given.verb) {
    case 'status': {
      const { text, blocks } = statusMessage(state, { now, person })
      return say(text, blocks)
    }
    case 'follow-ups': {
      const shown = followUpsMessage(state)
      return shown === null
        ? say('Nothing is left to do. `/cutover follow-up <text>` adds something.')
        : say(shown.text, shown.blocks)
    }
    case 'contacts':
      return say(contactsText(state, person, await desk.contacts.of(state.id)))
    case 'plan':
      return openForm(desk.client, { trigger: given.place.trigger, view: planView(state) })
    case 'timeline': {
      const people = await desk.directory.people()
      const names = new Map(people.map(({ id, name }) => [id, name]))
      const { text, blocks } = timelineBlocks(timelineOf(await log.events(state.id), { names }))
      return say(text, blocks)
    }
  }
}

function runbooksText(runbooks: readonly RunbookSummary[]): string {
  if (runbooks.length === 0) return 'The runbooks folder is empty.'
  return runbooks.slice(0, 20).map(runbookText).join('\n')
}

function runbookText({ runbook, title, owner, hash, environments, problems }: RunbookSummary): string {
  if (problems.length > 0)
    return `• \`${value(runbook, 60)}\` cannot be opened: ${value(problems[0] ?? '', 300)}`
  const places = environments.map(({ name, live }) => `${value(name, 40)} (${live ? 'LIVE' : 'rehearsal'})`)
  return `• \`${value(runbook, 60)}\` — ${dotted([value(title, 100), value(owner, 60), hash.slice(0, 6), places.join(', ')])}`
}
