/** A token of Slack as it is, not of a workspace like this one. */
const REAL = /^(xox[a-z]+|xapp)-(?!local-)/

/**
 * Whoever reaches this workspace may act as anybody in it. Beside a token of the real Slack somebody would sooner or
 * later take the one for the other. Throws, naming the variables and no token.
 */
export function refuseRealTokens(environment: Readonly<Record<string, string | undefined>>): void {
  const names = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && REAL.test(value) ? [name] : [],
  )
  if (names.length === 0) return
  throw new Error(
    `The local workspace does not start beside a token of the real Slack: unset ${names.join(', ')}. Nothing was started.`,
  )
}
