import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import type { StoredEvent } from '../../postgres/hash.ts'
import { verifyChain, type Verification } from '../../postgres/verify.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

interface VerifyOptions {
  readonly head?: string
  readonly json?: true
}

/** The record of a cutover: shown, taken out, and proven. */
export function addRecord(program: Command, terminal: Terminal): void {
  program
    .command('timeline <id>')
    .description('the record of a cutover, as Markdown or JSON')
    .option('--json', 'machine-readable')
    .action(async (id: string, options: { json?: true }) => {
      const format = options.json ? 'json' : 'md'
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

  program
    .command('verify <id-or-dir>')
    .description(
      'was the record edited, reordered or cut short? A cutover\u2019s id, or the folder of an export',
    )
    .option(
      '--head <hash>',
      'an anchor, with the folder of an export: the hash that the timeline in Slack ends with',
    )
    .option('--json', 'machine-readable answer')
    .action(async (where: string, options: VerifyOptions) => {
      if (options.head !== undefined && !existsSync(where)) {
        throw new CommandEnd(
          '--head goes with the folder of an export: `cutover export ID --to DIR` writes one.',
          EXIT.usage,
        )
      }
      const verification = existsSync(where)
        ? verifyFolder(where, options.head)
        : await verifyThere(where, terminal)
      terminal.out(options.json ? JSON.stringify(verification) : text(verification))
      if (verification.findings.length > 0) process.exitCode = EXIT.endedOtherwise
    })
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

function verifyFolder(folder: string, head: string | undefined): Verification {
  const file = join(folder, 'events.ndjson')
  if (!existsSync(file))
    throw new CommandEnd(`${folder} holds no events.ndjson: it is no export.`, EXIT.usage)
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => storedRow(line, index + 1))
  return verifyChain(rows[0]?.cutover ?? '', rows, head === undefined ? undefined : { head })
}

function storedRow(line: string, number: number): StoredEvent {
  try {
    return JSON.parse(line) as StoredEvent
  } catch {
    throw new CommandEnd(
      `Line ${number} of events.ndjson is not JSON: the file was damaged there.`,
      EXIT.endedOtherwise,
    )
  }
}

async function verifyThere(id: string, terminal: Terminal): Promise<Verification> {
  const answer = await clientOf(terminal).get<{ verification: Verification }>(
    `/v1/cutovers/${encodeURIComponent(id)}/verification`,
  )
  return answer.verification
}

function text({ cutover, events, head, findings }: Verification): string {
  if (findings.length === 0) return `${cutover}: ${events} events, the chain is whole. Head ${head}.`
  return findings.map(({ message }) => `${cutover}: ${message}.`).join('\n')
}
