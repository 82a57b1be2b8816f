import { entriesOf, spokenKind } from '../names.ts'
import { RESERVED } from '../values/reference.ts'
import type { Finding } from '../finding.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'

/** Vars, secrets, targets and step ids share one namespace; some names mean something of their own. */
export function names(context: Context): Finding[] {
  const { draft, index } = context
  const clashes = entriesOf(draft).flatMap(({ name, named, path }) => {
    if (name === '') return [unnameable(context, path)]
    const reserved = RESERVED[name]
    if (reserved !== undefined) {
      return [
        complain(context, path, {
          code: 'reserved-name',
          message: `"${name}" cannot be a name: ${reserved}`,
          hint: 'Choose another name.',
        }),
      ]
    }
    const first = index.get(name)
    if (first === undefined || first.path === named.path) return []
    if (samePath(first.path, named.path)) return []
    const at = draft.source.spot(first.path)
    return [
      complain(context, path, {
        code: 'name-taken',
        message: `"${name}" names ${spokenKind(named)} here and ${spokenKind(first)} in line ${at.line}`,
        hint: 'Vars, secrets, targets and steps share their names: give one of them another (`id:`).',
      }),
    ]
  })
  return [...clashes, ...phaseNames(context)]
}

const samePath = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index])

const unnameable = (context: Context, path: Parameters<typeof complain>[1]): Finding =>
  complain(context, path, {
    code: 'missing-id',
    message: 'no id can be made from this title, because no Latin letter is in it',
    hint: 'Add `id:` with small letters, digits and dashes.',
  })

function phaseNames(context: Context): Finding[] {
  const seen = new Map<string, number>()
  return context.draft.phases.flatMap(({ id, path }) => {
    if (id === '') return [unnameable(context, path)]
    const { line } = context.draft.source.spot(path)
    const first = seen.get(id)
    if (first === undefined) {
      seen.set(id, line)
      return []
    }
    return [
      complain(context, path, {
        code: 'name-taken',
        message: `two phases are called "${id}", here and in line ${first}`,
        hint: 'Give one of them another title or an `id:`.',
      }),
    ]
  })
}
