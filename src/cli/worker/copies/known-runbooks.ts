import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { formatFindings, hasErrors } from '../../../runbook/finding.ts'
import type { Runbook } from '../../../runbook/runbook.ts'
import { makeValidations } from '../../validations.ts'

/** A runbook of this host's folder, or why there is none to go by. */
type Found = { readonly runbook: Runbook; readonly file: string } | { readonly why: string }

/** The runbooks of a folder by their stable key; one is read again when a byte of it has changed. */
export function makeKnownRunbooks(folder: string): { readonly find: (key: string) => Found } {
  const validated = makeValidations()

  function find(key: string): Found {
    let errors = ''
    for (const file of filesIn(folder, key)) {
      const { runbook, findings } = validated(join(folder, file))
      if (runbook?.head.runbook === key) return { runbook, file }
      if (runbook === undefined && file === `${key}.yaml`)
        errors = formatFindings(findings.filter((finding) => hasErrors([finding])).slice(0, 1))
    }
    return {
      why: errors === '' ? `its folder has no runbook “${key}”` : `its runbook has an error: ${errors}`,
    }
  }

  return { find }
}

/** The file that is named after the runbook first: the others need not be read then. */
function filesIn(folder: string, key: string): readonly string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
    const own = `${key}.yaml`
    return files.includes(own) ? [own, ...files.filter((name) => name !== own).toSorted()] : files.toSorted()
  } catch {
    return []
  }
}
