/**
 * What a column holds, as far as copying and comparing need to know. It is read off the PostgreSQL type where one
 * side is PostgreSQL; `stored` is a SQLite column compared with a SQLite column, value by value as stored.
 */
export type Kind =
  | { readonly is: 'integer'; readonly bytes: 2 | 4 | 8 }
  | { readonly is: 'boolean' }
  | { readonly is: 'float'; readonly bytes: 4 | 8 }
  | { readonly is: 'decimal'; readonly precision?: number; readonly scale?: number }
  | { readonly is: 'text'; readonly limit?: number }
  | { readonly is: 'padded'; readonly limit?: number }
  | { readonly is: 'bytes' }
  /** `precision`: digits after the second, where they are fewer than six. */
  | { readonly is: 'moment'; readonly precision?: number }
  | { readonly is: 'date' }
  | { readonly is: 'time' }
  | { readonly is: 'uuid' }
  | { readonly is: 'json'; readonly binary: boolean }
  | { readonly is: 'other' }
  | { readonly is: 'stored' }

/** The kind by which two PostgreSQL columns are compared; where the types have little in common, it is their text. */
export function commonKind(a: Kind, b: Kind): Kind {
  const kinds = new Set([a.is, b.is])
  if (a.is === 'decimal' && b.is === 'decimal') {
    return a.scale !== undefined && a.scale === b.scale ? a : { is: 'decimal' }
  }
  if (kinds.size === 1) return a
  const only = (...names: readonly Kind['is'][]) => [...kinds].every((kind) => names.includes(kind))
  if (only('integer', 'decimal')) return { is: 'decimal' }
  if (only('text', 'padded')) return { is: 'padded' }
  return { is: 'other' }
}
