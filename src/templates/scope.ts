import { closest } from 'fastest-levenshtein'
import type { Shape } from './context-shape.ts'
import type { PathNode } from './syntax-tree.ts'

/**
 * Where in the context a template stands: what `this` is, what `../` and block names lead to, and which
 * optional values are known to be there. A value has one key whatever path leads to it, so that
 * `{{#if ../reason}}` guards `@root.reason` too.
 */
export interface Scope {
  readonly root: Standing
  readonly here: Standing
  /** `this` of the blocks around, innermost first; only `each` and `with` change it. */
  readonly around: readonly Standing[]
  readonly named: ReadonlyMap<string, Standing>
  /** Inside an `each`. */
  readonly inEach: boolean
  readonly guarded: ReadonlySet<string>
}

interface Standing {
  readonly shape: Shape
  readonly key: string
}

export interface Resolved {
  /** Absent when there is a problem. */
  readonly shape?: Shape
  readonly key: string
  /** The path itself, when its last part may be absent and no block around it makes sure. */
  readonly unguarded?: string
  readonly problem?: { readonly message: string; readonly hint: string }
}

const TEXT: Shape = { is: 'value', kind: 'text' }
const NUMBER: Shape = { is: 'value', kind: 'number' }
const YES_NO: Shape = { is: 'value', kind: 'boolean' }
const EACH_DATA = new Map<string, Shape>([
  ['index', NUMBER],
  ['key', TEXT],
  ['first', YES_NO],
  ['last', YES_NO],
])

export function outermost(context: Shape): Scope {
  const root = { shape: context, key: '' }
  return { root, here: root, around: [], named: new Map(), inEach: false, guarded: new Set() }
}

/** Inside a block that is entered only when the value is there. */
export function guardedBy(scope: Scope, found: Resolved): Scope {
  return { ...scope, guarded: new Set([...scope.guarded, found.key]) }
}

/** Inside an `each` or `with`. `names` are the block's `as |…|`. */
export function inside(
  scope: Scope,
  block: { readonly found: Resolved; readonly names: readonly string[]; readonly each: boolean },
): Scope {
  const { found, names, each } = block
  const { shape } = found
  if (shape === undefined) return scope
  const item = shape.is === 'list' ? shape.item : shape.is === 'map' ? shape.value : shape
  // Two loops over one list stand at different items, so the depth is part of the key.
  const here = { shape: item, key: each ? `${found.key}[${scope.around.length}]` : found.key }
  const named = new Map(scope.named)
  if (names[0] !== undefined) named.set(names[0], here)
  if (names[1] !== undefined && each) {
    named.set(names[1], { shape: shape.is === 'map' ? TEXT : NUMBER, key: `${here.key}@` })
  }
  return { ...scope, here, around: [scope.here, ...scope.around], named, inEach: scope.inEach || each }
}

export function resolve(path: PathNode, scope: Scope, roles: readonly string[] | undefined): Resolved {
  const start = startOf(path, scope)
  if ('problem' in start) return { key: '', problem: start.problem }
  let at = start.standing
  let walked = start.name
  let unguarded: string | undefined
  for (const part of start.rest) {
    if (unguarded !== undefined) return { key: at.key, problem: notAlways(unguarded) }
    const next = partOf(at.shape, part, at.key === 'holders' ? roles : undefined)
    if ('problem' in next) return { key: at.key, problem: next.problem }
    at = { shape: next.shape, key: at.key === '' ? part : `${at.key}.${part}` }
    walked = walked === '' ? part : `${walked}.${part}`
    if (next.optional && !scope.guarded.has(at.key)) unguarded = walked
  }
  return { shape: at.shape, key: at.key, ...(unguarded === undefined ? {} : { unguarded }) }
}

interface Problem {
  readonly problem: { readonly message: string; readonly hint: string }
}

function startOf(
  path: PathNode,
  scope: Scope,
): Problem | { readonly standing: Standing; readonly rest: readonly string[]; readonly name: string } {
  const [first = '', ...rest] = path.parts
  if (path.data) return dataStart(path, scope)
  if (path.depth > 0) {
    const standing = scope.around[path.depth - 1]
    if (standing === undefined) {
      return problem(
        `\`${path.original}\` leads out of the notice.`,
        'Only `each` and `with` change what a name means; `@root.` always leads from the top.',
      )
    }
    return { standing, rest: path.parts, name: path.original.slice(0, path.depth * 3 - 1) }
  }
  const named = /^(?:\.|this(?:[./]|$))/.test(path.original) ? undefined : scope.named.get(first)
  if (named !== undefined) return { standing: named, rest, name: first }
  return { standing: scope.here, rest: path.parts, name: '' }
}

function dataStart(path: PathNode, scope: Scope): ReturnType<typeof startOf> {
  const [first = '', ...rest] = path.parts
  if (first === 'root' && path.depth === 0) return { standing: scope.root, rest, name: '@root' }
  const shape = scope.inEach && path.depth === 0 ? EACH_DATA.get(first) : undefined
  if (shape === undefined || rest.length > 0) {
    return problem(
      `\`${path.original}\` is not known here.`,
      'There is `@root`, and inside `{{#each}}` also `@index`, `@first`, `@last` and `@key`.',
    )
  }
  return { standing: { shape, key: `@${first}` }, rest, name: path.original }
}

function partOf(
  shape: Shape,
  part: string,
  roles: readonly string[] | undefined,
): Problem | { readonly shape: Shape; readonly optional: boolean } {
  if (shape.is === 'object') {
    const field = shape.fields.get(part)
    return field ?? unknownPart(part, [...shape.fields.keys()])
  }
  if (shape.is === 'map') {
    if (roles !== undefined && !roles.includes(part)) return unknownPart(part, roles)
    return { shape: shape.value, optional: true }
  }
  if (shape.is === 'list') {
    return problem(`\`${part}\` is asked of a list.`, 'Go through it with `{{#each}}`.')
  }
  return problem(`\`${part}\` is asked of a single value.`, 'Leave it out.')
}

function unknownPart(part: string, known: readonly string[]): Problem {
  const nearest = known.length === 0 ? '' : `Did you mean \`${closest(part, [...known])}\`? `
  return problem(`There is no \`${part}\` here.`, `${nearest}Known are ${known.join(', ')}.`)
}

function notAlways(path: string): { readonly message: string; readonly hint: string } {
  return { message: `\`${path}\` is not always there.`, hint: `Write \`{{#if ${path}}}…{{/if}}\` around it.` }
}

function problem(message: string, hint: string): Problem {
  return { problem: { message, hint } }
}
