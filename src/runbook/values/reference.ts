/** What a text that stands for a whole value says: a plain text, or a reference. */
export type Written =
  | { readonly kind: 'text'; readonly text: string }
  /** `$sqlite`, `$TARGET_URL`, `$environment`. */
  | { readonly kind: 'name'; readonly name: string }
  /** `$backup.file`, `$cutover.id`. */
  | { readonly kind: 'part'; readonly name: string; readonly part: string }
  /** `$` with something behind it that is no name. */
  | { readonly kind: 'malformed'; readonly text: string }

const REFERENCE = /^\$([A-Za-z][A-Za-z0-9_-]*)(?:\.([A-Za-z][A-Za-z0-9_-]*))?$/

/** `$$` at the front is a dollar; only a whole value is a reference. */
export function readReference(text: string): Written {
  if (!text.startsWith('$')) return { kind: 'text', text }
  if (text.startsWith('$$')) return { kind: 'text', text: text.slice(1) }
  const [, name, part] = REFERENCE.exec(text) ?? []
  if (name === undefined) return { kind: 'malformed', text }
  return part === undefined ? { kind: 'name', name } : { kind: 'part', name, part }
}

/** Values that are fixed once when a cutover opens. */
export const CUTOVER_VALUES = ['id', 'stamp'] as const

/** Names that mean something of their own in references and offsets. */
export const RESERVED: Readonly<Record<string, string>> = {
  cutover: '`$cutover.id` and `$cutover.stamp` are made when it opens',
  environment: '`$environment` is the environment chosen at the start',
  complete: '`complete` is the built-in gate at the end',
  completed: '`after: completed` is the end of the cutover',
  rollback: '`rollback` is the rollback section',
}
