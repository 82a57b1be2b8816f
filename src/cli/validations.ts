import { readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { catalogue } from '../actions/catalogue.ts'
import type { ReadFile } from '../runbook/files.ts'
import { validateRunbook, type Validation } from '../runbook/validate.ts'
import { checkTemplate } from '../templates/check-template.ts'

/** One runbook file, validated with everything it names. */
export const validateFile = (file: string, today?: string): Validation =>
  validateWith(file, { text: readFileSync(file), read: readBeside(file), today })

function validateWith(
  file: string,
  given: { readonly text: Uint8Array; readonly read: ReadFile; readonly today: string | undefined },
): Validation {
  const { text, read, today } = given
  return validateRunbook({
    text,
    file,
    catalogue: catalogue(),
    readFile: read,
    checkTemplate: (template) => {
      const { roles, contacts } = template
      return checkTemplate(template.text, template.media, { roles, contacts })
    },
    ...(today === undefined ? {} : { today }),
  })
}

/**
 * Validates a file once, and again when a byte of it or of anything that it names has changed: a form of Slack has to
 * be answered within three seconds, and all runbooks are asked for several times behind it.
 */
export function makeValidations(): Validations {
  const known = new Map<string, Known>()
  return (file) => {
    const text = readFileSync(file)
    const read = readBeside(file)
    const before = known.get(file)
    if (before?.text.equals(text) === true && isAsBefore(before, read)) return before.validation
    const seen = new Map<string, Found>()
    const remember: ReadFile = (path) => {
      const found = read(path)
      seen.set(path, found)
      return found
    }
    const validation = validateWith(file, { text, read: remember, today: undefined })
    known.set(file, { text, seen, validation })
    return validation
  }
}

/** A runbook by its path, as it is now. */
export type Validations = (file: string) => Validation

type Found = ReturnType<ReadFile>

interface Known {
  readonly text: Buffer
  readonly seen: ReadonlyMap<string, Found>
  readonly validation: Validation
}

const isAsBefore = ({ seen }: Known, read: ReadFile): boolean =>
  [...seen].every(([path, found]) => isDeepStrictEqual(read(path), found))

/** Reads below the file's folder; undefined for the rest: the path is text from the runbook and may not leave it. */
function readBeside(file: string): ReadFile {
  const folder = resolve(file, '..')
  return (path) => {
    const whole = resolve(folder, path)
    if (!whole.startsWith(folder + sep)) return undefined
    try {
      if (statSync(whole).isDirectory()) return { folder: readdirSync(whole) }
      return readFileSync(whole)
    } catch {
      return undefined
    }
  }
}
