import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

const ROWS = 300_000
const SEED = 1

interface Given {
  readonly manual?: true
  readonly scenario: 'happy' | 'no-go' | 'rollback'
  readonly report?: string
  readonly rows: number
  readonly seed: number
  readonly keep?: true
}

/** The whole product on this machine, with nothing but Node. */
export function addDemo(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description(
      'a whole cutover on this machine, in a workspace of its own: nothing to install, nothing is left',
    )
    .option('--manual', 'start everything and let me press the buttons')
    .addOption(
      new Option('--scenario <name>', 'how it ends').choices(['happy', 'no-go', 'rollback']).default('happy'),
    )
    .option('--report <dir>', 'write timeline, events, notices and channel into a new or empty folder')
    .option('--rows <number>', 'rows of the database that moves', whole(1000), ROWS)
    .option('--seed <number>', 'another seed, other data', whole(0), SEED)
    .option('--keep', 'leave its folder where it is')
    .action(async ({ manual, scenario, report, rows, seed, keep }: Given) => {
      const { reportProblem } = await import('../local/report-folder.ts')
      const { runDemo } = await import('../demo/demo.ts')
      const problem = report === undefined ? undefined : reportProblem(report)
      if (problem !== undefined) throw new CommandEnd(problem, EXIT.usage)
      const story = manual === true ? 'manual' : scenario
      const options = { story, report, rows, seed, keep: keep === true } as const
      process.exitCode = await runDemo(options, terminal.environment, process.stdout)
    })

  program
    .command('demo-service <words...>', { hidden: true })
    .description('the stand-in of Ward OPS that the runbook of the demo starts and stops')
    .action(async (words: readonly string[]) => {
      const { serviceProgram } = await import('../demo/service/program.ts')
      const environment = terminal.environment
      try {
        await serviceProgram({ words, environment, folder: process.cwd(), say: terminal.out })
      } catch (error) {
        throw new CommandEnd(error instanceof Error ? error.message : String(error), EXIT.endedOtherwise)
      }
    })
}

function whole(atLeast: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (Number.isSafeInteger(number) && number >= atLeast) return number
    throw new InvalidArgumentError(`It is a whole number, at least ${atLeast}.`)
  }
}
