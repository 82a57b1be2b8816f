import type { Command } from 'commander'
import type { Terminal } from '../../src/cli/context.ts'

export const silentTerminal: Terminal = {
  words: [],
  environment: {},
  out: () => undefined,
  err: () => undefined,
  draw: () => undefined,
  isTty: false,
}

/** The commands that `--help` shows, those below a command too: `worker`, `worker hold`. */
export function visibleCommands(
  program: Command,
  above = '',
): { readonly path: string; readonly command: Command }[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const path = `${above}${command.name()}`
      return [{ path, command }, ...visibleCommands(command, `${path} `)]
    })
}
