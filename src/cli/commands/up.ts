import type { Command } from 'commander'
import type { Terminal } from '../context.ts'

/** Loaded when it is asked for, as all commands are. */
export function addUp(program: Command, terminal: Terminal): void {
  program
    .command('up')
    .description('everything on this machine, with your Slack and your runbooks: rehearsals only')
    .option('--data <dir>', 'folder of its log and spools; kept', '.cutover')
    .action(async ({ data }: { data: string }) => {
      const { runUp } = await import('../up/up.ts')
      process.exitCode = await runUp(data, terminal.environment, process.stdout)
    })
}
