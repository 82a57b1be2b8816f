import type { Command } from 'commander'
import type { Paper } from '../../report/paper/document.ts'
import { idsByName } from '../client/people.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { loadState } from './act.ts'

interface Given {
  readonly environment?: string
  readonly at?: string
  readonly holder?: readonly string[]
  readonly var?: readonly string[]
  readonly choose?: readonly string[]
  readonly cutover?: string
  readonly html?: true
  readonly json?: true
}

/** What would be done, by whom, where and when; loaded when it is asked for, as all commands are. */
export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan [runbook]')
    .description(
      'what a runbook would do in an environment, in full, without doing or asking anything; without a runbook, the plan of the open cutover',
    )
    .option('--environment <name>', 'one of the runbook\u2019s environments')
    .option('--at <time>', 'T-0; in an hour unless said')
    .option('--holder <role=who...>', 'who is to stand on the paper for a role')
    .option('--var <name=value...>', 'a value for a var; for a live environment only one that is asked for')
    .option('--choose <choice=option...>', 'an alternative instead of what is preset')
    .option('--cutover <id>', 'which open one, without a runbook')
    .option('--html', 'one page to print on A4, with boxes and blanks; otherwise Markdown')
    .option('--json', 'the plan as it would be pinned')
    .action(async (runbook: string | undefined, given: Given) => {
      terminal.out(
        (
          await (runbook === undefined ? openPlan(given, terminal) : filePlan(runbook, given, terminal))
        ).trimEnd(),
      )
    })
}

async function openPlan(given: Given, terminal: Terminal): Promise<string> {
  const stray = (['environment', 'at', 'holder', 'var', 'choose'] as const).find(
    (name) => given[name] !== undefined,
  )
  if (stray !== undefined)
    throw new CommandEnd(`--${stray} needs a runbook: cutover plan RUNBOOK --environment NAME.`, EXIT.usage)
  const client = clientOf(terminal)
  const { state } = await loadState(client, given.cutover)
  if (given.json) return JSON.stringify(state.plan, null, 2)
  const names = new Map([...(await idsByName(client))].map(([name, id]) => [id, name]))
  const holders = Object.entries(state.holders).map(([role, { person }]) => [
    role,
    names.get(person) ?? person,
  ])
  const { paperOf } = await import('../plan/print-plan.ts')
  return written(paperOf(state, { holders: Object.fromEntries(holders), files: new Map() }), given)
}

async function filePlan(runbook: string, given: Given, terminal: Terminal): Promise<string> {
  const [{ sketchedState, paperOf }, { readRunbookFile }, { readConfig }, { namedValues }, { instantFrom }] =
    await Promise.all([
      import('../plan/print-plan.ts'),
      import('../runbook-file.ts'),
      import('../config.ts'),
      import('../name-value.ts'),
      import('../instant-from.ts'),
    ])
  if (given.environment === undefined)
    throw new CommandEnd('Name the environment: --environment NAME. Nothing was done.', EXIT.usage)
  const file = readRunbookFile(runbook, readConfig(terminal.environment).CUTOVER_RUNBOOKS)
  const holders = namedValues(given.holder ?? [], '--holder')
  const strange = Object.keys(holders).find((role) => file.runbook.head.roles[role] === undefined)
  if (strange !== undefined)
    throw new CommandEnd(`The runbook has no role "${strange}". Nothing was done.`, EXIT.usage)
  const zone = file.runbook.head.window.zone ?? 'UTC'
  const state = sketchedState(file, {
    environment: given.environment,
    plannedStart: instantFrom(given.at ?? '+1h', zone, Date.now()),
    vars: namedValues(given.var ?? [], '--var'),
    choices: namedValues(given.choose ?? [], '--choose'),
    holders,
  })
  if (given.json) return JSON.stringify({ plannedStart: state.plannedStart, plan: state.plan }, null, 2)
  const files = new Map([...file.runbook.files].map(([path, { text }]) => [path, text]))
  return written(paperOf(state, { holders, files }), given)
}

async function written(paper: Paper, { html }: Given): Promise<string> {
  if (html) return (await import('../../report/paper/paper-html.ts')).paperHtml(paper)
  return (await import('../../report/paper/paper-markdown.ts')).paperMarkdown(paper)
}
