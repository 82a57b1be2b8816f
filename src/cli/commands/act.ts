import { randomUUID } from 'node:crypto'
import { Option, type Command } from 'commander'
import type { CutoverSummary } from '../../app/ports.ts'
import type { PersonCommand } from '../../domain/commands.ts'
import type { CutoverState } from '../../domain/state.ts'
import { ISSUE_KINDS, SEVERITIES } from '../../domain/team/state.ts'
import { idsByName, personFrom } from '../client/people.ts'
import { repeatLine } from '../client/repeat.ts'
import type { ServeClient } from '../client/serve-client.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { oneOf, wholeNumber } from '../option-values.ts'
import { VERBS, type Verb, type VerbOptions } from './verb-table.ts'

interface CommonOptions extends VerbOptions {
  readonly cutover?: string
  readonly revision?: number
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

interface OptionText {
  readonly flags: string
  readonly meaning: string
  readonly values?: readonly string[]
  readonly parse?: (text: string) => number
}

const OPTIONS: { readonly [name in keyof VerbOptions]-?: OptionText } = {
  reason: { flags: '--reason <text>', meaning: 'why; it stands in the timeline' },
  field: { flags: '--field <name=value...>', meaning: 'a value that the step asks for' },
  result: {
    flags: '--result <done|failed|na>',
    meaning: 'how it went; done unless said',
    values: ['done', 'failed', 'na'],
  },
  deadline: { flags: '--deadline <time>', meaning: 'until when the round may decide' },
  running: {
    flags: '--running <wait|cancel>',
    meaning: 'what becomes of a step that runs',
    values: ['wait', 'cancel'],
  },
  text: { flags: '--text <text>', meaning: 'what goes out instead of the draft' },
  option: { flags: '--option <name>', meaning: 'which way back, where there are several' },
  end: { flags: '--end', meaning: 'end the session, when cancelling its query does not help' },
  backup: { flags: '--backup <who>', meaning: 'the stand-in' },
  severity: {
    flags: '--severity <low|medium|high|critical>',
    meaning: 'how bad it is; medium unless said',
    values: SEVERITIES,
  },
  kind: {
    flags: '--kind <technical|process|communication>',
    meaning: 'what it is about; technical unless said',
    values: ISSUE_KINDS,
  },
  owner: { flags: '--owner <who>', meaning: 'whose it is: a role, a person or words' },
  step: { flags: '--step <step>', meaning: 'the step that it is about' },
  says: {
    flags: '--says <available|present>',
    meaning: 'on the day, or here now; what was asked unless said',
    values: ['available', 'present'],
  },
  not: { flags: '--not', meaning: 'you are not' },
  due: { flags: '--due <time>', meaning: 'until when; a week unless said' },
  well: { flags: '--well <text>', meaning: 'what went well' },
  improve: { flags: '--improve <text>', meaning: 'what should be better next time' },
  action: { flags: '--action <text...>', meaning: 'what is to be done; each becomes a follow-up of yours' },
  ticket: { flags: '--ticket <text>', meaning: 'the number of its ticket' },
  count: { flags: '--count <n>', meaning: 'how many people it stands for', parse: wholeNumber },
  left: { flags: '--left <state=who:why...>', meaning: 'an open state that stays, with its owner' },
}

/** Adds every verb that acts on an open cutover. */
export function addVerbs(program: Command, terminal: Terminal): void {
  for (const verb of VERBS) {
    const command = program.command(verb.usage).description(verb.description)
    for (const name of verb.options) command.addOption(optionOf(OPTIONS[name]))
    addCommonOptions(command)
    command.action(async (...given: unknown[]) => {
      const options = command.opts<CommonOptions>()
      const words = given.slice(0, command.registeredArguments.length).filter((word) => word !== undefined)
      await act(clientOf(terminal), terminal, verb, words.map(String), options)
    })
  }
}

function optionOf({ flags, meaning, values, parse }: OptionText): Option {
  const option = new Option(flags, meaning)
  if (parse !== undefined) return option.argParser(parse)
  return values === undefined ? option : option.argParser(oneOf(values))
}

function addCommonOptions(command: Command): Command {
  return command
    .option('--cutover <id>', 'which one; may be left out while one is open')
    .option('--revision <n>', 'refuse when the step or gate has changed since', wholeNumber)
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
  const { state, now } = await loadState(client, verb.namesCutover === true ? words[0] : options.cutover)
  const people = needsNames(verb, words, options) ? await idsByName(client) : new Map<string, string>()
  const command = verb.command(words, options, { state, now, who: (text) => personFrom(text, people) })
  const acted = await send(client, terminal, { cutover: state.id, command, options })
  terminal.out(options.json ? JSON.stringify(acted) : sentence(acted, command))
}

interface ToSend {
  readonly cutover: string
  readonly command: PersonCommand
  readonly options: CommonOptions
}

function send(
  client: ServeClient,
  terminal: Terminal,
  { cutover, command, options }: ToSend,
): Promise<Acted> {
  const key = options.key ?? randomUUID()
  const { revision } = options
  return client.post<Acted>(
    `/v1/cutovers/${encodeURIComponent(cutover)}/commands`,
    { command, key, ...(revision === undefined ? {} : { revision }) },
    repeatLine(terminal.words, key),
  )
}

function sentence(acted: Acted, command: PersonCommand): string {
  if (acted.repeated) return `This was recorded before, under the same key. The cutover is ${acted.status}.`
  if (acted.events.length === 0) return `Nothing to do. The cutover is ${acted.status}.`
  const last = acted.events.at(-1)
  return `Recorded: ${command.type} (event ${last?.position ?? acted.position}, ${acted.events.map((event) => event.type).join(', ')}). The cutover is ${acted.status}.`
}

export interface Shown {
  readonly state: CutoverState
  readonly now: number
  /** Holders who could not act if Slack were away. */
  readonly withoutLogin: readonly string[]
  /** Why nothing can be changed through that `serve`: the record goes on in a newer version. */
  readonly readOnly?: string
}

/** The cutover that was named, else the only open one. */
export async function loadState(client: ServeClient, wanted: string | undefined): Promise<Shown> {
  return client.get(`/v1/cutovers/${encodeURIComponent(wanted ?? (await onlyOpen(client)))}`)
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

function needsNames(verb: Verb, words: readonly string[], options: CommonOptions): boolean {
  const texts = [...words, options.backup ?? '', options.owner ?? '', ...(options.left ?? [])]
  return verb.namesPeople === true && texts.some((text) => text.includes('@'))
}
