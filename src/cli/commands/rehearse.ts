import { type Command, Option } from 'commander'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { oneOf } from '../option-values.ts'

interface Given {
  readonly environment: string
  readonly report?: string
  readonly realTime?: true
  readonly at?: string
  readonly skip?: readonly string[]
  readonly var?: readonly string[]
  readonly choose?: readonly string[]
  readonly field?: readonly string[]
  readonly onFailure: 'rollback' | 'stop'
  readonly back?: string
  readonly bindings?: string
  readonly json?: true
}

/** A whole runbook where nobody is, for a pipeline. Loaded when it is asked for, as all commands are. */
export function addRehearse(program: Command, terminal: Terminal): void {
  program
    .command('rehearse <runbook>')
    .description('carry a runbook out from end to end without Slack and people, and roll back what fails')
    .requiredOption('--environment <name>', 'one of the runbook\u2019s environments that is not live')
    .option('--report <dir>', 'write timeline, events, notices and outputs into a new or empty folder')
    .option('--real-time', 'wait for planned times, watches and the guard, as a live cutover does')
    .option('--at <time>', 'T-0; by default so that nothing of the plan has passed yet')
    .option('--skip <step...>', 'leave a step out')
    .option('--var <name=value...>', 'a value for a var of the runbook, asked for or not')
    .option('--choose <choice=option...>', 'an alternative; the first one unless preset')
    .option('--field <step/name=value...>', 'what a person would write into a field')
    .addOption(
      new Option('--on-failure <rollback|stop>', 'what becomes of what failed')
        .argParser(oneOf(['rollback', 'stop']))
        .default('rollback'),
    )
    .option('--back <option>', 'the way back, where the runbook names several; the first that is possible')
    .option('--bindings <file>', 'secrets per environment (0600); CUTOVER_BINDINGS unless said')
    .option('--json', 'events as lines of JSON, and at the end how it ended')
    .action(async (runbook: string, given: Given) => {
      process.exitCode = await rehearse(runbook, given, terminal)
    })
}

async function rehearse(runbook: string, given: Given, terminal: Terminal): Promise<number> {
  const [
    { runRehearsal },
    { readRunbookFile },
    { readConfig },
    { namedValues },
    { instantFrom },
    { reportProblem },
  ] = await Promise.all([
    import('../rehearse/rehearse.ts'),
    import('../runbook-file.ts'),
    import('../config.ts'),
    import('../name-value.ts'),
    import('../instant-from.ts'),
    import('../local/report-folder.ts'),
  ])
  const { environment, report, at, skip = [], onFailure, bindings } = given
  const config = readConfig(terminal.environment)
  const problem = report === undefined ? undefined : reportProblem(report)
  if (problem !== undefined) throw new CommandEnd(problem, EXIT.usage)
  const file = readRunbookFile(runbook, config.CUTOVER_RUNBOOKS)
  const zone = file.runbook.head.window.zone ?? 'UTC'
  const { webhookReceivers } = await import('../serve/from-config.ts')
  return runRehearsal(
    {
      file,
      environment,
      report,
      bindings,
      vars: namedValues(given.var ?? [], '--var'),
      choices: namedValues(given.choose ?? [], '--choose'),
      plannedStart: at === undefined ? undefined : instantFrom(at, zone, Date.now()),
      realTime: given.realTime === true,
      mails: config.CUTOVER_SMTP_URL !== undefined,
      webhooks: Object.keys(webhookReceivers(config.CUTOVER_WEBHOOKS_FILE)),
      wishes: {
        skip,
        onFailure,
        fields: namedValues(given.field ?? [], '--field'),
        ...(given.back === undefined ? {} : { back: given.back }),
      },
      json: given.json === true,
    },
    terminal.environment,
    process.stdout,
  )
}
