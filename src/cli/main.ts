#!/usr/bin/env node
import { CommanderError } from 'commander'
import type { Terminal } from './context.ts'
import { ConfigError } from './config.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'
import { cutoverProgram } from './program.ts'

const terminal: Terminal = {
  environment: process.env,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  draw: (text) => void process.stderr.write(text),
  isTty: process.stderr.isTTY === true,
}

try {
  await cutoverProgram(terminal).parseAsync()
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
