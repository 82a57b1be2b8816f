/** Attempts are called `<cutover>.<step>.<n>`. */
export function sameCutover(one: string, other: string): boolean {
  return one.split('.')[0] === other.split('.')[0]
}

/** Two tries of one step of one cutover. */
export function sameStep(one: string, other: string): boolean {
  return stepOf(one) === stepOf(other)
}

function stepOf(attempt: string): string {
  return attempt.split('.').slice(0, -1).join('.')
}
