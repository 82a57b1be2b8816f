import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { formatFindings } from '../../runbook/finding.ts'
import type { Import } from '../../runbook/import/import-runbook.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { importText } from '../views/import-text.ts'

/** The largest real runbook has 28 KB; beyond this it is a log or an attachment that was pasted in. */
const MOST_BYTES = 1_000_000

interface Options {
  readonly to: string
  readonly json?: true
  readonly pieces?: true
}

export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import <markdown>')
    .description('a draft in the runbook language from a runbook in Markdown; nothing in it is lost')
    .option('--to <dir>', 'folder of runbooks in which the draft is made', 'runbooks')
    .option('--pieces', 'say for each checkbox, step, point and command what it became')
    .option('--json', 'pieces, findings and paths as JSON')
    .action(async (file: string, options: Options) => {
      requireFolder(options.to)
      const { catalogue } = await import('../../actions/catalogue.ts')
      const { importRunbook } = await import('../../runbook/import/import-runbook.ts')
      const { checkTemplate } = await import('../../templates/check-template.ts')
      const imported = importRunbook({
        text: readMarkdown(file),
        file,
        catalogue: catalogue(),
        checkTemplate: ({ text, media, roles }) => checkTemplate(text, media, { roles }),
      })
      if (imported.pieces.length === 0)
        throw new CommandEnd(
          `There is no checkbox, list, table or command in ${file}, so there is nothing to make steps of. Nothing was written.`,
          EXIT.usage,
        )
      const written = write(imported, options.to)
      if (options.json) {
        const { key, pieces, findings, validation } = imported
        terminal.out(
          JSON.stringify({ key, files: written, pieces, findings, draft: validation.findings }, null, 2),
        )
        return
      }
      terminal.out(importText(imported, written, options.pieces === true))
      const findings = [...imported.findings, ...validationFindings(imported, options.to)]
      if (findings.length > 0) terminal.out(`\nWhat a person should decide:\n\n${formatFindings(findings)}`)
    })
}

/** Findings name the draft's files as they lie on the disk now. */
const validationFindings = ({ validation }: Import, to: string) =>
  validation.findings.map((finding) => ({ ...finding, file: join(to, finding.file) }))

function requireFolder(to: string): void {
  const found = statSync(to, { throwIfNoEntry: false })
  if (found?.isDirectory() === true || (found === undefined && !/\.\w+$/.test(to))) return
  throw new CommandEnd(
    `--to names a folder of runbooks, and ${to} ${found === undefined ? 'reads like a file' : 'is a file'}. Nothing was written.`,
    EXIT.usage,
  )
}

function readMarkdown(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw new CommandEnd(`There is no file ${file}.`, EXIT.usage)
  if (!found.isFile()) throw new CommandEnd(`${file} is no file. Name one runbook in Markdown.`, EXIT.usage)
  if (found.size > MOST_BYTES)
    throw new CommandEnd(
      `${file} has ${(found.size / 1e6).toFixed(1)} MB; a runbook has at most 1 MB. Nothing was written. Leave out logs and attachments, and import again.`,
      EXIT.usage,
    )
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch {
    throw new CommandEnd(
      `${file} cannot be read as UTF-8 text. Nothing was written. Save it as UTF-8 and import again.`,
      EXIT.usage,
    )
  }
}

/** Writes the draft and its files, or nothing at all when one of them is there already. */
function write({ key, yaml, files }: Import, to: string): readonly string[] {
  const all = [{ path: `${key}.yaml`, text: yaml }, ...files].map(({ path, text }) => ({
    path: join(to, path),
    text,
  }))
  const taken = all.find(({ path }) => statSync(path, { throwIfNoEntry: false }) !== undefined)
  if (taken !== undefined)
    throw new CommandEnd(
      `${taken.path} is there already. Nothing was written. Choose another folder by --to, or move it away.`,
      EXIT.refused,
    )
  for (const { path, text } of all) {
    mkdirSync(dirname(resolve(path)), { recursive: true })
    writeFileSync(path, text)
  }
  return all.map(({ path }) => path)
}
