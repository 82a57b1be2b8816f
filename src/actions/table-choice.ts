import { ActionFailure } from './action.ts'

interface Choice {
  /** Where the tables are, for the message. */
  readonly place: string
  /** Only these; undefined: all. */
  readonly tables: readonly string[] | undefined
  readonly exclude: readonly string[] | undefined
  /** Names beyond `all` that may be excluded. */
  readonly excludable?: readonly string[]
}

/** The tables to work on, in the order they come. A name that stands for no table is refused. */
export function chooseTables<Table extends { readonly name: string }>(
  all: readonly Table[],
  { place, tables, exclude = [], excludable = [] }: Choice,
): readonly Table[] {
  const lower = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()))
  const known = lower(all.map(({ name }) => name))
  const elsewhere = lower(excludable)
  const unknown = [
    ...(tables ?? []).filter((name) => !known.has(name.toLowerCase())),
    ...exclude.filter((name) => !known.has(name.toLowerCase()) && !elsewhere.has(name.toLowerCase())),
  ]
  if (unknown.length > 0) {
    throw new ActionFailure(`${place} has no table ${unknown.map((name) => `“${name}”`).join(', ')}.`, {
      hint: `It has: ${all.map(({ name }) => name).join(', ') || 'none'}. Correct tables: or exclude: in the runbook.`,
      changed: 'nothing was changed',
    })
  }
  const wanted = tables && lower(tables)
  const excluded = lower(exclude)
  return all.filter(
    ({ name }) => (wanted?.has(name.toLowerCase()) ?? true) && !excluded.has(name.toLowerCase()),
  )
}

/** The entry of that name: exactly, or else the only one in other letters' case, for SQLite takes them for one. */
export function findName<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry | undefined {
  const exact = entries.find((entry) => entry.name === name)
  if (exact) return exact
  const alike = entries.filter((entry) => entry.name.toLowerCase() === name.toLowerCase())
  return alike.length === 1 ? alike[0] : undefined
}
