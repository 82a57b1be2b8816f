#!/usr/bin/env node
import type { Terminal } from './context.ts'
import { lastWords } from './last-words.ts'
import { makeLogger } from './logger.ts'

const terminal: Terminal = {
  words: process.argv.slice(2),
  environment: process.env,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  draw: (text) => void process.stderr.write(text),
  isTty: process.stderr.isTTY === true,
}

try {
  const [first] = terminal.words
  // An attempt starts this command: hundreds in a night, so it loads nothing but the action.
  const program =
    first === 'action'
      ? (await import('./commands/action.ts')).actionProgram(process.exit)
      : (await import('./program.ts')).cutoverProgram(terminal)
  await program.parseAsync()
} catch (error) {
  const { text, exitCode, unforeseen } = lastWords(error)
  if (unforeseen && process.env['CUTOVER_LOG_LEVEL'] === 'debug') {
    // The stack alone: what else hangs on a driver's error may hold a password.
    const stack = error instanceof Error ? error.stack : String(error)
    makeLogger('debug', 'cutover').error({ stack }, 'a command failed inside')
  }
  if (text !== undefined) terminal.err(text)
  // What a process that could not start holds open must not keep it alive: whoever started it waits for its end.
  process.exit(exitCode)
}
