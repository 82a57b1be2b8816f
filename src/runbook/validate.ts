import { createHash } from 'node:crypto'
import type { ActionCatalogue } from '../domain/catalogue.ts'
import { draftOf } from './draft.ts'
import { readNamedFiles } from './files.ts'
import type { CheckTemplate, NamedFiles, ReadFile } from './files.ts'
import { hasErrors, inOrder } from './finding.ts'
import type { Finding } from './finding.ts'
import { lintFindings } from './lint/lint.ts'
import { indexOf } from './names.ts'
import { ruleFindings } from './rules/rules.ts'
import type { Runbook } from './runbook.ts'
import { schemaFindings } from './schema-findings.ts'
import { RunbookDocument } from './schema/document.ts'
import { readSource } from './source.ts'

export interface Validation {
  /** Of the runbook and of the files it names, in reading order. */
  readonly findings: Finding[]
  /** Absent when there is any error. */
  readonly runbook?: Runbook
}

export interface ToValidate {
  readonly text: string | Uint8Array
  /** How findings call the file: its path as the user gave it. */
  readonly file: string
  readonly readFile: ReadFile
  readonly catalogue: ActionCatalogue
  readonly checkTemplate?: CheckTemplate
  /** `YYYY-MM-DD`; without it nobody is told that a review is overdue. */
  readonly today?: string
}

/** Everything that is wrong with a runbook, at once; and the runbook itself when nothing is. */
export function validateRunbook(given: ToValidate): Validation {
  const { findings, source } = readSource(given.file, given.text)
  if (source === undefined) return { findings: inOrder(findings) }
  const whole = RunbookDocument.safeParse(source.value, { reportInput: true })
  const draft = draftOf(source)
  const context = { draft, index: indexOf(draft), catalogue: given.catalogue }
  const named = readNamedFiles(context, given.readFile, given.checkTemplate)
  const all = [
    ...findings,
    ...(whole.success ? [] : schemaFindings(source, whole.error)),
    ...ruleFindings(context),
    ...named.findings,
    ...lintFindings({
      ...context,
      files: named.files,
      ...(given.today === undefined ? {} : { today: given.today }),
    }),
  ]
  if (!whole.success || hasErrors(all)) return { findings: inOrder(all) }
  const { phases: _phases, rollback: _rollback, ...written } = whole.data
  const { success, failure } = draft.head
  const head = {
    ...written,
    ...(success === undefined ? {} : { success }),
    ...(failure === undefined ? {} : { failure }),
  }
  return {
    findings: inOrder(all),
    runbook: {
      ...draft,
      head,
      hash: hashOf(source.text, named),
      files: named.files,
      templates: named.templates,
    },
  }
}

/** Over the text and every named file, each with its name and length, so that no two runbooks share a hash. */
function hashOf(text: string, { files, templates }: NamedFiles): string {
  const hash = createHash('sha256')
  const named = [...files, ...templates].toSorted(([a], [b]) => (a < b ? -1 : 1))
  hash.update(`runbook ${Buffer.byteLength(text)}\n${text}`)
  for (const [name, file] of named) hash.update(`\nfile ${Buffer.byteLength(name)} ${name} ${file.sha256}`)
  return hash.digest('hex')
}
