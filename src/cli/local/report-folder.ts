import { existsSync, readdirSync } from 'node:fs'

/** Why a report cannot be written to a folder; undefined when it can. */
export function reportProblem(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined
  try {
    if (readdirSync(folder).length === 0) return undefined
  } catch {
    return `${folder} is no folder. Name one that is new or empty; nothing was started.`
  }
  return `${folder} is not empty, and a report mixes with nothing. Name a folder that is new or empty; nothing was started.`
}
