/** Something a person could not have done; the control API answers it as a 4xx. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string

  constructor(status: number, code: string, hint: string) {
    super(`${code}: ${hint}`)
    this.status = status
    this.code = code
    this.hint = hint
  }
}
