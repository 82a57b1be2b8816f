/** `error`: a cutover would fail or be unsafe like this. `warning`: it works, and somebody should know. */
export type Health = 'ok' | 'warning' | 'error'

/** One thing that was looked at; whatever is not in order has what to do about it. */
export interface Finding {
  readonly health: Health
  readonly says: string
  readonly fix?: string
}

export interface Section {
  readonly title: string
  readonly findings: readonly Finding[]
}

export const ok = (says: string): Finding => ({ health: 'ok', says })
export const warning = (says: string, fix: string): Finding => ({ health: 'warning', says, fix })
export const error = (says: string, fix: string): Finding => ({ health: 'error', says, fix })

/** What is wrong with the log is told by its own section. */
export const WITHOUT_LOG = warning('This cannot be seen without the log.', 'See “Log”.')

export function countOf(sections: readonly Section[], health: Health): number {
  return sections.flatMap(({ findings }) => findings).filter((finding) => finding.health === health).length
}
