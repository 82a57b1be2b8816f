/** Where something stands in a file; line and column count from 1. */
export interface Spot {
  readonly file: string
  readonly line: number
  readonly col: number
}

/** One thing that is wrong or doubtful in a runbook or in a file that it names. */
export interface Finding extends Spot {
  /** A runbook with an error cannot be opened; a warning is shown and left to the reader. */
  readonly severity: 'error' | 'warning'
  /** Stable word for scripts and tests: `unknown-key`, `no-way-back`. */
  readonly code: string
  /** What is wrong and what would happen. */
  readonly message: string
  /** What to write instead. */
  readonly hint: string
}

export type Complaint = Pick<Finding, 'code' | 'message' | 'hint'>

export const errorAt = (spot: Spot, complaint: Complaint): Finding => ({
  ...spot,
  severity: 'error',
  ...complaint,
})

export const warningAt = (spot: Spot, complaint: Complaint): Finding => ({
  ...spot,
  severity: 'warning',
  ...complaint,
})

export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some((finding) => finding.severity === 'error')

/** In reading order, each once: two branches of a plan may complain of the same line. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings
    .filter((finding) => {
      const key = JSON.stringify([finding.file, finding.line, finding.col, finding.code, finding.message])
      return seen.size < seen.add(key).size
    })
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.col - b.col)
}

/** One finding a paragraph: `file:line:col: error: what (code)` and below it what to write instead. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map(
      ({ file, line, col, severity, code, message, hint }) =>
        `${file}:${line}:${col}: ${severity}: ${message} (${code})\n    ${hint}`,
    )
    .join('\n')
}
