import { randomUUID } from 'node:crypto'
import { Option, type Command } from 'commander'
import type { CutoverSummary, Person } from '../../app/ports.ts'
import type { PersonCommand } from '../../domain/commands.ts'
import type { CutoverState } from '../../domain/state.ts'
import type { ServeClient } from '../client/serve-client.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { VERBS, type Verb, type VerbOptions } from './verb-table.ts'

interface CommonOptions extends VerbOptions {
  readonly cutover?: string
  readonly revision?: string
  readonly key?: string
  readonly json?: true
}

interface Acted {
  readonly cutover: string
  readonly status: string
  readonly position: number
  readonly repeated: boolean
  readonly events: readonly { readonly type: string; readonly position: number }[]
}

const OPTIONS: Readonly<Record<keyof VerbOptions, readonly [string, string]>> = {
  reason: ['--reason <text>', 'why; it stands in the timeline'],
  field: ['--field <name=value...>', 'a value that the step asks for'],
  result: ['--result <done|failed|na>', 'how it went; done unless said'],
  deadline: ['--deadline <time>', 'until when the round may decide'],
  running: ['--running <wait|cancel>', 'what becomes of a step that runs'],
  backup: ['--backup <who>', 'the stand-in'],
  left: ['--left <state=who:why...>', 'an open state that stays, with its owner'],
}

/** Adds every verb that acts on an open cutover. */
export function addVerbs(program: Command, terminal: Terminal): void {
  for (const verb of VERBS) {
    const command = program.command(verb.usage).description(verb.description)
    for (const name of verb.options) command.addOption(new Option(...OPTIONS[name]))
    addCommonOptions(command)
    command.action(async (...given: unknown[]) => {
      const options = command.opts<CommonOptions>()
      const words = given.slice(0, command.registeredArguments.length).filter((word) => word !== undefined)
      await act(clientOf(terminal), terminal, verb, words.map(String), options)
    })
  }
}

export function addCommonOptions(command: Command): Command {
  return command
    .option('--cutover <id>', 'which one; may be left out while one is open')
    .option('--revision <n>', 'refuse when the step or gate has changed since')
    .option('--key <text>', 'the same key counts once; for repeating after no answer')
    .option('--json', 'machine-readable answer')
}

async function act(
  client: ServeClient,
  terminal: Terminal,
  verb: Verb,
  words: readonly string[],
  options: CommonOptions,
): Promise<void> {
  const { state, now } = await loadState(client, options.cutover)
  const people = new Map<string, string>()
  if (needsPeople(words, options)) {
    const answer = await client.get<{ people: readonly Person[] }>('/v1/people')
    for (const person of answer.people) people.set(person.name, person.id)
  }
  const command = verb.command(words, options, { state, now, who: (text) => personFrom(text, people) })
  const acted = await send(client, state.id, command, options)
  terminal.out(options.json ? JSON.stringify(acted) : sentence(acted, command))
}

async function send(
  client: ServeClient,
  cutover: string,
  command: PersonCommand,
  options: CommonOptions,
): Promise<Acted> {
  return client.post<Acted>(`/v1/cutovers/${cutover}/commands`, {
    command,
    key: options.key ?? randomUUID(),
    ...(options.revision === undefined ? {} : { revision: Number(options.revision) }),
  })
}

function sentence(acted: Acted, command: PersonCommand): string {
  if (acted.repeated) return `This was recorded before, under the same key. The cutover is ${acted.status}.`
  if (acted.events.length === 0) return `Nothing to do. The cutover is ${acted.status}.`
  const last = acted.events.at(-1)
  return `Recorded: ${command.type} (event ${last?.position ?? acted.position}, ${acted.events.map((event) => event.type).join(', ')}). The cutover is ${acted.status}.`
}

/** The cutover that was named, else the only open one. */
export async function loadState(
  client: ServeClient,
  wanted: string | undefined,
): Promise<{ readonly state: CutoverState; readonly now: number }> {
  return client.get(`/v1/cutovers/${wanted ?? (await onlyOpen(client))}`)
}

async function onlyOpen(client: ServeClient): Promise<string> {
  const { cutovers } = await client.get<{ cutovers: readonly CutoverSummary[] }>('/v1/cutovers')
  const open = cutovers.filter(({ status }) => status !== 'closed' && status !== 'abandoned')
  const only = open[0]
  if (open.length === 1 && only) return only.id
  if (open.length === 0) throw new CommandEnd('No cutover is open. `cutover start` opens one.', EXIT.refused)
  const ids = open.map(({ id, title }) => `${id} (${title})`).join(', ')
  throw new CommandEnd(`Several cutovers are open: ${ids}. Name one with --cutover.`, EXIT.usage)
}

function needsPeople(words: readonly string[], options: CommonOptions): boolean {
  return [...words, options.backup ?? '', ...(options.left ?? [])].some((text) => text.includes('@'))
}

export function personFrom(text: string, people: ReadonlyMap<string, string>): string {
  if (/^[UW][A-Z0-9]+$/.test(text)) return text
  const id = people.get(text.replace(/^@/, ''))
  if (id !== undefined) return id
  throw new CommandEnd(
    `Nobody is called ${text} in the workspace. Write @name or the Slack user id.`,
    EXIT.usage,
  )
}
