import { Command } from 'commander'

/** The process of a built-in action, started by a runner; a person has no use for it. */
export function actionProgram(exit: (code: number) => never): Command {
  const program = new Command('cutover').exitOverride()
  program
    .command('action <name>', { hidden: true })
    .requiredOption('--folder <dir>', 'the attempt\u2019s folder')
    .action(async (name: string, { folder }: { folder: string }) => {
      // Which Node the next release of that library wants is no news for the output of a step.
      process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
      const { runAction } = await import('../../actions/host.ts')
      exit(await runAction(name, folder, process.env))
    })
  return program
}
