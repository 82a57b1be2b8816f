import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ActionFailure } from '../action.ts'
import type { Statement } from '../sql/statements.ts'
import { lineAt, splitStatements } from '../sql/statements.ts'
import { unsuitable, withoutOwnTransaction } from '../sql/suitable.ts'

/** A pinned SQL file, read and found fit to be applied in one transaction. */
export interface SqlFile {
  /** As the runbook names it: `migrations/0001.sql`. */
  readonly name: string
  readonly sha256: string
  readonly statements: readonly Statement[]
}

/** Reads the files in the order given, a folder's `*.sql` by name. Nothing is applied if one of them is unfit. */
export async function readSqlFiles(folder: string, names: readonly string[]): Promise<readonly SqlFile[]> {
  const files: SqlFile[] = []
  for (const name of names) {
    for (const file of await expand(folder, name)) files.push(await readSqlFile(folder, file))
  }
  const twice = files.find(({ name }, index) => files.findIndex((other) => other.name === name) !== index)
  if (twice) throw refusal(`${twice.name} is named twice.`, 'Name each file once.')
  return files
}

async function expand(folder: string, name: string): Promise<string[]> {
  const path = join(folder, name)
  if (!(await isFolder(path, name))) return [name]
  const entries = await readdir(path, { withFileTypes: true })
  const found = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => entry.name)
  if (found.length === 0) throw refusal(`There is no .sql file in ${name}.`, 'Name a folder that holds some.')
  return found.sort().map((file) => join(name, file))
}

async function isFolder(path: string, name: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw refusal(
      `${name} is not among the files pinned with the runbook.`,
      'Correct its name, or open the cutover again, so that its files are pinned anew.',
      cause,
    )
  }
}

async function readSqlFile(folder: string, name: string): Promise<SqlFile> {
  const content = await readFile(join(folder, name))
  const text = decode(content, name)
  const statements = withoutOwnTransaction(splitStatements(text))
  if (statements.length === 0)
    throw refusal(`${name} holds no statement.`, 'Correct the file, or leave it out.')
  for (const statement of statements) {
    const reason = unsuitable(statement)
    if (reason === undefined) continue
    throw refusal(
      `${name}:${statement.line} ${reason}.`,
      'Put it into a `command` step with psql, or take it out.',
    )
  }
  return { name, sha256: createHash('sha256').update(content).digest('hex'), statements }
}

function decode(content: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (cause) {
    const line = lineAt(content.toString('latin1'), firstBadByte(content))
    throw refusal(`${name}:${line} is not UTF-8.`, 'Save the file as UTF-8.', cause)
  }
}

/** The longest beginning that still decodes; a decoder that may continue tells a cut character from a wrong one. */
function firstBadByte(content: Buffer): number {
  let good = 0
  let bad = content.length
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1
    if (decodes(content.subarray(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function decodes(content: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content, { stream: true })
    return true
  } catch {
    return false
  }
}

function refusal(message: string, hint: string, cause?: unknown): ActionFailure {
  return new ActionFailure(message, { hint, changed: 'nothing was applied', cause })
}
