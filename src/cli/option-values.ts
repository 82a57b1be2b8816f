import { InvalidArgumentError } from 'commander'

/** Parsers for commander, which puts the option's name and the value before what they say. */

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number. Nothing was changed.')
}

export function oneOf(values: readonly string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text
    throw new InvalidArgumentError(`It is one of ${values.join(', ')}. Nothing was changed.`)
  }
}
