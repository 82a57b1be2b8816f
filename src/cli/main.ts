#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { addAction } from './commands/action.ts'
import { addVerbs } from './commands/act.ts'
import { addDataTools } from './commands/data-tools.ts'
import { addLogin } from './commands/login.ts'
import { addProcesses } from './commands/processes.ts'
import { addRecord } from './commands/record.ts'
import { addRunbookTools } from './commands/runbook-tools.ts'
import { addStart } from './commands/start.ts'
import { addStatus } from './commands/status.ts'
import type { Terminal } from './context.ts'
import { ConfigError } from './config.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

const terminal: Terminal = {
  environment: process.env,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  draw: (text) => void process.stderr.write(text),
  isTty: process.stderr.isTTY === true,
}

async function main(): Promise<void> {
  const program = new Command('cutover')
    .description('Runs production database cutovers from Slack, and from here by the same rules.')
    .exitOverride()
  addStart(program, terminal)
  addStatus(program, terminal)
  addVerbs(program, terminal)
  addLogin(program, terminal)
  addRecord(program, terminal)
  addRunbookTools(program, terminal)
  addDataTools(program, terminal)
  addProcesses(program, terminal)
  addAction(program, process.exit)
  await program.parseAsync()
}

try {
  await main()
} catch (error) {
  if (error instanceof CommandEnd) {
    terminal.err(error.message)
    process.exitCode = error.exitCode
  } else if (error instanceof ConfigError) {
    terminal.err(error.message)
    process.exitCode = EXIT.usage
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  } else {
    terminal.err(`Cutover failed inside: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = EXIT.endedOtherwise
  }
}
