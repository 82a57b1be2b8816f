import type { Command } from 'commander'
import { ActionFailure } from '../../actions/action.ts'
import type { CopyReport } from '../../actions/copy/work.ts'
import { parseTarget } from '../../actions/target-text.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { oneOf } from '../option-values.ts'
import { progressLine } from '../progress-line.ts'

const ATTEMPT = `cli-${process.pid}`
const HOW_NAMED =
  'SOURCE and TARGET are a SQLite file or postgres://USER@HOST:PORT/DATABASE (password: PGPASSWORD or ~/.pgpass).'

interface Choice {
  readonly tables?: readonly string[]
  readonly exclude?: readonly string[]
  readonly json?: true
}

/** What two databases hold, without a cutover: compare and copy. */
export function addDataTools(program: Command, terminal: Terminal): void {
  withChoice(program.command('compare <source> <target>'))
    .description(`do two databases hold the same rows? Exit 0 same, 1 different. ${HOW_NAMED}`)
    .action(async (source: string, target: string, choice: Choice) => {
      const { compareDatabases } = await import('../../actions/compare/compare-databases.ts')
      const { formatComparison } = await import('../../actions/compare/report.ts')
      const line = progressLine(terminal)
      const report = await readable(() =>
        compareDatabases({
          source: parseTarget(source),
          target: parseTarget(target),
          ...chosen(choice),
          attempt: ATTEMPT,
          onProgress: line.show,
        }).finally(line.end),
      )
      terminal.out(choice.json ? JSON.stringify(report) : formatComparison(report).trimEnd())
      if (report.differences > 0) process.exitCode = EXIT.endedOtherwise
    })

  withChoice(program.command('copy <source> <target>'))
    .description(`copy a SQLite database into PostgreSQL, all of it or nothing. ${HOW_NAMED}`)
    .option(
      '--nul <refuse|strip>',
      'texts with a NUL, which PostgreSQL cannot hold',
      oneOf(['refuse', 'strip']),
      'refuse',
    )
    .action(async (source: string, target: string, choice: Choice & { nul: 'refuse' | 'strip' }) => {
      const { copyDatabase } = await import('../../actions/copy/copy-database.ts')
      const line = progressLine(terminal)
      const report = await readable(() => {
        const [from, to] = [parseTarget(source), parseTarget(target)]
        if (from.kind !== 'sqlite' || to.kind !== 'postgres') {
          throw new CommandEnd(
            '`copy` goes from a SQLite file to PostgreSQL. Nothing was changed.',
            EXIT.usage,
          )
        }
        return copyDatabase({
          from,
          to,
          nul: choice.nul,
          ...chosen(choice),
          attempt: ATTEMPT,
          onProgress: line.show,
        }).finally(line.end)
      })
      const tables = Object.fromEntries(report.tables)
      terminal.out(choice.json ? JSON.stringify({ ...report, tables }) : copied(report))
    })
}

function withChoice(command: Command): Command {
  return command
    .option('--tables <name...>', 'only these')
    .option('--exclude <name...>', 'all but these')
    .option('--json', 'machine-readable answer')
}

function chosen({ tables, exclude }: Choice) {
  return { ...(tables === undefined ? {} : { tables }), ...(exclude === undefined ? {} : { exclude }) }
}

async function readable<T>(work: () => Promise<T>): Promise<T> {
  // pg warns its programmers when it reads ~/.pgpass; whoever copies can do nothing about that.
  process.noDeprecation = true
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ActionFailure)) throw error
    throw new CommandEnd(`${error.message} (${error.changed})\n${error.hint}`, EXIT.refused)
  }
}

function copied(report: CopyReport): string {
  const seconds = (report.durationMs / 1000).toFixed(1)
  const tables = [...report.tables].map(([name, rows]) => `  ${name}: ${rows.toLocaleString('en')} rows`)
  const head = `Copied ${report.rows.toLocaleString('en')} rows in ${report.tables.size} tables, ${seconds} s (schema ${report.schema}).`
  return [head, ...tables, ...report.notes.map((note) => `  note: ${note}`)].join('\n')
}
