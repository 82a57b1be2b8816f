import { errorAt } from './finding.ts'
import type { Finding } from './finding.ts'
import type { Path, Source } from './source.ts'

/**
 * Keys that the language knows and this version does not act on. A runbook that uses one cannot be opened: a promise
 * that nobody keeps is worse than none. When a behaviour is built, its line goes.
 */
const NOT_BUILT_YET: readonly { readonly where: string; readonly instead: string }[] = [
  { where: 'keep', instead: 'Say in a `do` step what is deleted and when.' },
]

const PATTERNS = NOT_BUILT_YET.map(({ where, instead }) => ({ pattern: new RegExp(`^${where}$`), instead }))

export function notBuiltYet(source: Source): Finding[] {
  return visited(source.value, []).flatMap(({ path }) => {
    const key = path.map((part) => (typeof part === 'number' ? '#' : part)).join('.')
    const known = PATTERNS.find(({ pattern }) => pattern.test(key))
    const instead = known?.instead
    return instead === undefined ? [] : [finding(source.keySpot(path), `\`${String(path.at(-1))}\``, instead)]
  })
}

const finding = (spot: Parameters<typeof errorAt>[0], what: string, instead: string): Finding =>
  errorAt(spot, {
    code: 'not-built-yet',
    message: `${what} is not built yet, so a cutover cannot be opened with it`,
    hint: instead,
  })

interface Visited {
  readonly path: Path
  readonly value: unknown
}

function visited(value: unknown, path: Path): Visited[] {
  if (typeof value !== 'object' || value === null) return []
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value)
  return entries.flatMap(([key, inner]) => {
    const at = [...path, key]
    return [{ path: at, value: inner }, ...visited(inner, at)]
  })
}
