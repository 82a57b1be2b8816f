import { CommandEnd, EXIT } from './exit-codes.ts'

/** `NAME=VALUE` of a command line, each name once. Throws {@link CommandEnd}. */
export function namedValues(texts: readonly string[], option: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 1)
      throw new CommandEnd(`${option}: "${text}" should be NAME=VALUE. Nothing was done.`, EXIT.usage)
    const name = text.slice(0, at)
    if (values[name] !== undefined)
      throw new CommandEnd(`${option} gives ${name} twice. Nothing was done.`, EXIT.usage)
    values[name] = text.slice(at + 1)
  }
  return values
}
