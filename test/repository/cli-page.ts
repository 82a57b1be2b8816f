import type { Argument, Command, Option } from 'commander'
import { EXIT } from '../../src/cli/exit-codes.ts'
import { VERBS } from '../../src/cli/commands/verb-table.ts'
import { visibleCommands } from './commands.ts'

interface Group {
  readonly title: string
  readonly intro: string
  readonly names: readonly string[]
}

export const GROUPS: readonly Group[] = [
  {
    title: 'Everything on one machine',
    intro: 'Each brings a log, a queue and workers of its own, and ends them with itself.',
    names: ['demo', 'rehearse', 'up'],
  },
  {
    title: 'Processes',
    intro: 'Settings come from the environment: see [configuration.md](configuration.md).',
    names: ['serve', 'worker', 'migrate', 'pool', 'doctor'],
  },
  {
    title: 'Before a cutover',
    intro: 'All but `login`, `runbooks` and `start` work on files alone.',
    names: ['import', 'validate', 'plan', 'schema', 'login', 'runbooks', 'start'],
  },
  {
    title: 'Looking',
    intro: 'Who is logged in may look; into a cutover whose channel is private, those who have a part in it.',
    names: ['status', 'list', 'contacts', 'timeline', 'export', 'verify'],
  },
  {
    title: 'Acting',
    intro:
      'What a button in Slack does, by the same rules and with the same events. ' +
      '`--cutover` may be left out while one is open. Where a reason is asked for, the command says so.',
    names: [...VERBS.map(({ usage }) => usage.split(' ')[0] ?? ''), 'contact', 'exec'],
  },
  {
    title: 'Databases',
    intro: 'Without a cutover, a log or Slack.',
    names: ['compare', 'copy'],
  },
]

const ENDINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  endedOtherwise: 'ended otherwise: a difference, an error in a runbook, a broken chain, a failed demo',
  usage: 'the command was not understood, or a setting is wrong',
  refused: 'refused; nothing was changed, and the reason is said',
  stale: 'the step or gate has changed since `--revision`',
  noAnswer: '`serve` or Slack did not answer; says whether anything may be recorded, and how to repeat it',
  waits: 'waits for a person',
  rolledBack: 'a rehearsal turned back, and everything it had changed was undone',
  stopped: 'a rehearsal stopped where a person would have to decide; it says where, and what is left',
}

/** docs/cli.md, from the command itself. */
export function cliPage(program: Command): string {
  const commands = visibleCommands(program)
  const sections = GROUPS.flatMap(({ title, intro, names }) => [
    `## ${title}\n\n${intro}\n`,
    ...names.flatMap((name) =>
      commands.filter(({ path }) => path === name || path.startsWith(`${name} `)).map(section),
    ),
  ])
  return `${HEAD}\n${sections.join('\n')}\n## How a command ends\n\n${endings()}`
}

const HEAD = `# The command line

\`npm run build\` makes the command; \`node dist/cli/main.js\` is \`cutover\`, and \`npm link\` puts it on the path.
Everything a person can do in Slack can be done here, as that person: \`cutover login\` shows a code to confirm in
Slack with \`/cutover login CODE\`. The command speaks to \`serve\` and never to the log.

This page is made from the command by a test; \`cutover COMMAND --help\` says the same.
`

function section({ path, command }: { readonly path: string; readonly command: Command }): string {
  const words = [path, ...command.registeredArguments.map(word)].join(' ')
  const options = command.options.filter(({ hidden }) => !hidden)
  return [
    `### cutover ${words}\n`,
    `${sentence(command.description())}\n`,
    ...(options.length > 0 ? [`| option | meaning |\n|---|---|\n${options.map(row).join('\n')}\n`] : []),
  ].join('\n')
}

function word(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`.toUpperCase()
  return argument.required ? name : `[${name}]`
}

function row(option: Option): string {
  const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`
  const fallback = option.defaultValue === undefined ? '' : ` (${String(option.defaultValue)} unless said)`
  const required = option.mandatory ? ' (required)' : ''
  return `| \`${option.flags.replaceAll('|', '\\|')}\` | ${option.description}${choices}${fallback}${required} |`
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!)]$/.test(start) ? start : `${start}.`
}

function endings(): string {
  const rows = Object.entries(EXIT).map(
    ([name, code]) => `| ${code} | ${ENDINGS[name as keyof typeof EXIT]} |`,
  )
  return `| exit code | meaning |\n|---|---|\n${rows.join('\n')}\n`
}
