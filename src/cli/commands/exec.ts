import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { Command } from 'commander'
import { durationText } from '../../templates/format.ts'
import { suggestion } from '../../runbook/nearest.ts'
import { repeatLine } from '../client/repeat.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import type { RecordedRun } from '../recorded-run.ts'
import { loadState } from './act.ts'

interface Options {
  readonly cutover?: string
  readonly to: string
}

/** What a person types by hand becomes part of the record of its step. */
export function addExec(program: Command, terminal: Terminal): void {
  program
    .command('exec <step> <command...>')
    .description('run a command by hand, here and as yourself, and record it with its step')
    .option('--cutover <id>', 'which one; may be left out while one is open')
    .option('--to <dir>', 'where the masked output is kept', 'cutover-exec')
    .addHelpText(
      'after',
      '\nWrite `--` before the command: cutover exec pool-moved -- systemctl reload pgbouncer\n' +
        'Its output is shown and kept; values of variables that look like secrets are masked in what is kept. It ends\n' +
        'with the exit code of the command.',
    )
    .action(async (step: string, command: readonly string[], options: Options) => {
      const { maskingEnvironment, recordedRun } = await import('../recorded-run.ts')
      const client = clientOf(terminal)
      const { state } = await loadState(client, options.cutover)
      const title = state.plan.steps[step]?.title
      if (title === undefined)
        throw new CommandEnd(
          `This cutover has no step "${step}". ${suggestion(step, Object.keys(state.plan.steps))} Nothing was run.`,
          EXIT.refused,
        )
      const run = await recordedRun(command, {
        folder: options.to,
        name: `${state.id}.${step}`,
        masker: maskingEnvironment(terminal.environment),
      })
      const text = noteOf(run)
      const key = randomUUID()
      await client.post(
        `/v1/cutovers/${encodeURIComponent(state.id)}/commands`,
        { command: { type: 'note', text, step }, key },
        repeatLine(['note', text, '--step', step, '--cutover', state.id], key),
      )
      terminal.err(`Recorded with “${title}”. The output is kept in ${run.file}.`)
      if (run.exit !== 0)
        throw new CommandEnd(
          `The command itself did not go well: ${endOf(run)}.`,
          run.exit ?? EXIT.endedOtherwise,
        )
    })
}

const endOf = ({ exit, signal }: RecordedRun): string =>
  exit === null ? `ended by ${signal ?? 'a signal'}` : `exit ${exit}`

const noteOf = (run: RecordedRun): string =>
  `by hand on ${hostname()} as ${userInfo().username}: \`${run.command}\`: ${endOf(run)} after ${durationText(run.tookMs)}, output sha256 ${run.digest.slice(0, 12)}`
