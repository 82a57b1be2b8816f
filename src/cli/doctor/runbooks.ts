import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hasErrors } from '../../runbook/finding.ts'
import { validateFile } from '../validations.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look, Place, RunbookSeen } from './place.ts'

/** Every runbook of a folder with all that it names; none where the folder cannot be read. */
export function readRunbooks(folder: string, now: number): readonly RunbookSeen[] {
  const today = new Date(now).toISOString().slice(0, 10)
  return filesIn(folder).flatMap((file) => {
    try {
      return [{ file, validation: validateFile(join(folder, file), today) }]
    } catch {
      // One that this user may not read; it is told as missing by the section.
      return []
    }
  })
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
  } catch {
    return []
  }
}

/** Templates, scripts and SQL files are validated with the runbook that names them. */
export const runbooks: Look = {
  title: 'Runbooks',
  look: async (place) => {
    const folder = resolve(place.config.CUTOVER_RUNBOOKS)
    const files = filesIn(folder)
    if (files.length === 0)
      return [error(`There are no runbooks in ${folder}.`, 'Set CUTOVER_RUNBOOKS to their folder.')]
    const unread = files.filter((file) => !place.runbooks.some((seen) => seen.file === file))
    return [
      ...unread.map((file) =>
        error(`${file} may not be read by this user.`, `Make ${join(folder, file)} readable.`),
      ),
      ...findingsOf(place),
    ]
  },
}

function findingsOf({ runbooks: seen, config }: Place): readonly Finding[] {
  const broken = seen.filter(({ validation }) => hasErrors(validation.findings))
  const doubtful = seen.filter(({ validation: { findings } }) => findings.length > 0 && !hasErrors(findings))
  const whole = seen.filter(({ validation }) => validation.findings.length === 0)
  const path = (file: string) => join(config.CUTOVER_RUNBOOKS, file)
  return [
    ...(whole.length > 0 ? [ok(`In order: ${whole.map(({ file }) => file).join(', ')}`)] : []),
    ...doubtful.map(({ file, validation: { findings } }) =>
      warning(
        `${file} can be opened, with ${findings.length} ${findings.length === 1 ? 'doubt' : 'doubts'}.`,
        `\`cutover validate ${path(file)}\` says which.`,
      ),
    ),
    ...broken.map(({ file, validation: { findings } }) => {
      const first = findings.find(({ severity }) => severity === 'error')
      return error(
        `${file} cannot be opened: ${first?.line ?? 1}:${first?.col ?? 1} ${first?.message ?? ''}.`,
        `${first?.hint ?? ''} \`cutover validate ${path(file)}\` says all.`.trim(),
      )
    }),
  ]
}
