import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

/** Is this host ready for the night? Reads the settings that `serve` and `worker` read. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'whether this host is ready: tokens, clocks, databases, queue, tools, spool, runbooks, logins; with a fix beside each finding',
    )
    .option('--pool <name>', 'the pool of the worker; by default CUTOVER_POOL')
    .option('--json', 'the findings as JSON')
    .action(async (options: { pool?: string; json?: true }) => {
      const { doctor } = await import('../doctor/doctor.ts')
      const { doctorText, verdict } = await import('../doctor/doctor-text.ts')
      const { countOf } = await import('../doctor/finding.ts')
      const report = await doctor({
        config: readConfig(terminal.environment),
        environment: terminal.environment,
        cwd: process.cwd(),
        ...(options.pool === undefined ? {} : { pool: options.pool }),
      })
      const isWell = countOf(report.sections, 'error') === 0
      terminal.out(options.json ? JSON.stringify({ ok: isWell, ...report }, null, 2) : doctorText(report))
      if (!isWell) throw new CommandEnd(verdict(report), EXIT.endedOtherwise)
      if (!options.json) terminal.out(`\n${verdict(report)}`)
    })
}
