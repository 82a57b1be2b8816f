import { accessSync, constants, statSync } from 'node:fs'
import type { Command } from 'commander'
import { formatFindings, hasErrors, type Finding } from '../../runbook/finding.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

/** What works on runbook files alone: no log, no Slack. */
export function addRunbookTools(program: Command, terminal: Terminal): void {
  program
    .command('validate <file...>')
    .description('everything that is wrong or doubtful in a runbook, as file:line:col')
    .option('--json', 'findings as JSON')
    .action(async (files: readonly string[], options: { json?: true }) => {
      const { validateFile } = await import('../validations.ts')
      const today = new Date().toISOString().slice(0, 10)
      for (const file of files) requireFile(file)
      const findings = files.flatMap((file) => validateFile(file, today).findings)
      if (options.json) terminal.out(JSON.stringify(findings, null, 2))
      else terminal.out(findings.length > 0 ? formatFindings(findings) : `${files.join(', ')}: in order.`)
      if (hasErrors(findings)) throw new CommandEnd(verdict(findings), EXIT.endedOtherwise)
    })

  program
    .command('schema')
    .description('the JSON Schema of the runbook language, for editors')
    .action(async () => {
      const { runbookJsonSchema } = await import('../../runbook/json-schema.ts')
      terminal.out(JSON.stringify(runbookJsonSchema(), null, 2))
    })
}

function requireFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw new CommandEnd(`There is no file ${file}.`, EXIT.usage)
  if (found.isDirectory()) {
    throw new CommandEnd(`${file} is a folder. Name its files: cutover validate ${file}/*.yaml`, EXIT.usage)
  }
  try {
    accessSync(file, constants.R_OK)
  } catch {
    throw new CommandEnd(`${file} may not be read by this user.`, EXIT.usage)
  }
}

function verdict(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}: it cannot be opened like this.`
}
