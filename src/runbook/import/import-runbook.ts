import type { ActionCatalogue } from '../../domain/catalogue.ts'
import type { CheckTemplate } from '../files.ts'
import { hasErrors, inOrder, warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { validateRunbook } from '../validate.ts'
import type { Validation } from '../validate.ts'
import { makeDraft } from './assemble.ts'
import type { DraftRunbook } from './assemble.ts'
import type { DraftFile } from './draft-step.ts'
import { keepWithPeople } from './keep-with-people.ts'
import { makeLedger } from './ledger.ts'
import type { Became, Placed } from './ledger.ts'
import { outlineOf } from './outline.ts'
import { writeYaml } from './write-yaml.ts'

export interface ToImport {
  readonly text: string
  /** How findings call the Markdown: its path as the user gave it. */
  readonly file: string
  readonly catalogue: ActionCatalogue
  readonly checkTemplate?: CheckTemplate
}

export interface Import {
  /** Key of the runbook: the draft is `KEY.yaml`, its files lie in `KEY/`. */
  readonly key: string
  readonly yaml: string
  readonly files: readonly DraftFile[]
  /** Every checkbox, numbered step, point, table row and command, and what it became. */
  readonly pieces: readonly Placed[]
  /** About the Markdown: what is wrong in it, and what a person must decide. */
  readonly findings: readonly Finding[]
  /** Of the draft as it is written: no errors, and what lint says about it. */
  readonly validation: Validation
}

/** Enough for every command of a document to be taken out once; each round takes out at least one. */
const ROUNDS = 40

/**
 * A runbook in Markdown as a draft in the language. Nothing is dropped: what cannot be placed is a `do` marked
 * `Unplaced`. A command that would do harm as it is written stays with a person, with the reason, so that the draft
 * validates at once.
 */
export function importRunbook(given: ToImport): Import {
  const { text, findings: passwords } = withoutPasswords(given)
  const outline = outlineOf(given.file, text)
  const ledger = makeLedger(outline)
  const drafted = makeDraft(outline, ledger, { file: given.file, text })
  const { draft, validation, findings, kept } = settle(drafted, given)
  const source = given.file.split('/').at(-1) ?? given.file
  return {
    key: draft.key,
    yaml: yamlOf(draft, source),
    files: draft.files,
    pieces: ledger.all().map(({ became, ...piece }) => ({ ...piece, ...asKept(became, kept) })),
    findings: inOrder([...passwords, ...outline.findings, ...drafted.findings, ...findings]),
    validation,
  }
}

/** Addresses with a password are kept without it: a draft is made to be committed. */
function withoutPasswords({ file, text }: ToImport): { readonly text: string; readonly findings: Finding[] } {
  const findings: Finding[] = []
  const clean = text.replaceAll(
    /(\b[a-z][a-z0-9+]*:\/\/[^\s:@/]+):[^\s@/`'"]+@/g,
    (_whole, before: string, at: number) => {
      findings.push(
        warningAt(
          { file, line: text.slice(0, at).split('\n').length, col: 1 },
          {
            code: 'secret-in-text',
            message: 'this address holds a password; the draft leaves it out',
            hint: 'Name it under `secrets` and bind it on the worker. If it was a real one, change it.',
          },
        ),
      )
      return `${before}@`
    },
  )
  return { text: clean, findings }
}

const yamlOf = (draft: DraftRunbook, source: string): string =>
  writeYaml({ document: draft.document(), preface: draft.preface, lines: draft.lines(), source })

/** What a piece became, where a command was given back to a person after all. */
function asKept(became: Became | undefined, kept: ReadonlySet<string>): Became {
  if (became === undefined) return { as: 'unplaced', where: '' }
  const back = became.where.split(', ').some((id) => kept.has(id))
  return back ? { ...became, as: became.as.replace(/\b(?:run|check)\b/g, 'do') } : became
}

interface Settled {
  readonly draft: DraftRunbook
  readonly validation: Validation
  readonly findings: readonly Finding[]
  /** Ids of the steps that were given back to people. */
  readonly kept: ReadonlySet<string>
}

/** Validates the draft, and keeps with people what would do harm, until nothing is wrong with it. */
function settle(draft: DraftRunbook, given: ToImport): Settled {
  let current = draft
  const ids = new Set<string>()
  const findings: Finding[] = []
  for (let round = 0; ; round += 1) {
    const yaml = yamlOf(current, given.file.split('/').at(-1) ?? given.file)
    const validation = validate(current, yaml, given)
    if (!hasErrors(validation.findings) || round === ROUNDS)
      return { draft: current, validation, findings, kept: ids }
    const kept = keepWithPeople(current, yaml, validation.findings)
    if (kept.steps.length === 0) return { draft: current, validation, findings, kept: ids }
    for (const { id } of kept.steps) ids.add(id)
    findings.push(
      ...kept.steps.map(({ line, finding }) =>
        warningAt(
          { file: given.file, line, col: 1 },
          {
            code: finding.code,
            message: `${finding.message}; the draft leaves it to a person`,
            hint: finding.hint,
          },
        ),
      ),
    )
    current = kept.draft
  }
}

const validate = (draft: DraftRunbook, yaml: string, given: ToImport): Validation =>
  validateRunbook({
    text: yaml,
    file: `${draft.key}.yaml`,
    catalogue: given.catalogue,
    readFile: (path) => draft.files.find((file) => file.path === path)?.text,
    ...(given.checkTemplate === undefined ? {} : { checkTemplate: given.checkTemplate }),
  })
