import type { Field } from './plan.ts'
import type { Facts } from './state.ts'

const WANTS = {
  text: 'text',
  int: 'a whole number',
  number: 'a number',
  time: 'a time like 02:30',
  url: 'an address that begins with http:// or https://',
} as const satisfies Record<Field['type'], string>

const FITS = {
  text: (value) => value.trim() !== '',
  int: (value) => /^[+-]?\d+$/.test(value) && Number.isSafeInteger(Number(value)),
  number: (value) => value.trim() !== '' && Number.isFinite(Number(value)),
  time: (value) => /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(value),
  url: (value) => /^https?:\/\/[^\s]+$/.test(value),
} as const satisfies Record<Field['type'], (value: string) => boolean>

/** What a field wants instead of this value; null if it takes it. */
export function objection(field: Field, value: string): string | null {
  if (!FITS[field.type](value)) return WANTS[field.type]
  if (field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, 'u').test(value))
    return `of the form ${field.pattern}`
  return null
}

/** Fields of a `do` as facts that later steps may use: numbers as numbers. */
export function factsOfFields(fields: readonly Field[], values: { readonly [name: string]: string }): Facts {
  const facts = fields.flatMap((field): [string, string | number][] => {
    const value = values[field.name]
    if (value === undefined) return []
    return [[field.name, field.type === 'int' || field.type === 'number' ? Number(value) : value]]
  })
  return Object.fromEntries(facts)
}
