import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Option, type Command } from 'commander'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { addVerify } from './verify.ts'

/** The record of a cutover: shown, taken out, and proven. */
export function addRecord(program: Command, terminal: Terminal): void {
  program
    .command('timeline <id>')
    .description('the record of a cutover; short for a pull request or a ticket; the draft of a post-mortem')
    .addOption(
      new Option('--format <format>', 'what it is for')
        .choices(['md', 'json', 'pr', 'post-mortem'])
        .default('md'),
    )
    .option('--json', 'the same as --format json')
    .action(async (id: string, options: { json?: true; format: string }) => {
      const format = options.json ? 'json' : options.format
      terminal.out(
        (
          await clientOf(terminal).getText(`/v1/cutovers/${encodeURIComponent(id)}/timeline?format=${format}`)
        ).trimEnd(),
      )
    })

  program
    .command('export <id>')
    .description('write the evidence of a cutover into a folder')
    .requiredOption('--to <dir>', 'a folder that is new or empty')
    .action(async (id: string, { to }: { to: string }) => {
      const { files } = await clientOf(terminal).get<{ files: Record<string, string> }>(
        `/v1/cutovers/${encodeURIComponent(id)}/export`,
      )
      requireEmpty(to)
      mkdirSync(to, { recursive: true, mode: 0o700 })
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(to, basename(name)), text, { mode: 0o600, flag: 'wx' })
      }
      terminal.out(`${Object.keys(files).join(', ')} in ${to}. \`cutover verify ${to}\` proves the chain.`)
    })

  addVerify(program, terminal)
}

function requireEmpty(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined || (found.isDirectory() && readdirSync(folder).length === 0)) return
  const what = found.isDirectory() ? 'is not empty' : 'is a file'
  throw new CommandEnd(
    `${folder} ${what}. Name a folder that is new or empty. Nothing was written.`,
    EXIT.usage,
  )
}
