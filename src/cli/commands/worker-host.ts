import { resolve } from 'node:path'
import type { Command } from 'commander'
import { cancelLocally, holdSpool, releaseSpool } from '../../process/local-acts.ts'
import type { Spool } from '../../process/spool.ts'
import { readConfig } from '../config.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

/** What can be done on a worker's host with neither `serve` nor the log, by files in its spool. */
export function addWorkerHost(worker: Command, terminal: Terminal): void {
  const spool = (): Spool => ({
    root: resolve(readConfig(terminal.environment).CUTOVER_SPOOL),
    runner: '',
    minFreeBytes: 0,
  })

  worker
    .command('hold')
    .description('start nothing more on this host; what runs goes on')
    .requiredOption('--reason <text>', 'why')
    .action(async ({ reason }: { reason: string }) => {
      await holdSpool(spool(), { reason, now: Date.now() })
      terminal.out(
        'Held: this host starts nothing until `cutover worker release`. The log is told when it can be reached.',
      )
    })

  worker
    .command('release')
    .description('end a hold of this host')
    .requiredOption('--reason <text>', 'why')
    .action(async ({ reason }: { reason: string }) => {
      const held = await releaseSpool(spool(), { reason, now: Date.now() })
      if (!held) throw new CommandEnd('This host is not held. Nothing was changed.', EXIT.refused)
      terminal.out('Released.')
    })

  worker
    .command('cancel <attempt>')
    .description('stop an attempt that runs on this host')
    .requiredOption('--reason <text>', 'why')
    .action(async (attempt: string, { reason }: { reason: string }) => {
      const told = await cancelLocally(spool(), attempt, { reason, now: Date.now() })
      if (!told)
        throw new CommandEnd(`Nothing of ${attempt} runs on this host. Nothing was changed.`, EXIT.refused)
      terminal.out(`Its runner stops it now. The log is told when it can be reached.`)
    })
}
