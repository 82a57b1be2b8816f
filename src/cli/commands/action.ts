import type { Command } from 'commander'

/** The process of a built-in action, started by a runner; a person has no use for it. */
export function addAction(program: Command, exit: (code: number) => never): void {
  program
    .command('action <name>', { hidden: true })
    .requiredOption('--folder <dir>', 'the attempt\u2019s folder')
    .action(async (name: string, { folder }: { folder: string }) => {
      const { runAction } = await import('../../actions/host.ts')
      exit(await runAction(name, folder, process.env))
    })
}
