import { escapeIdentifier, escapeLiteral } from 'pg'
import type { DatabaseState, Grant, Setting } from './state.ts'

/** Settings whose value is a list of quoted names: each element is written by itself. */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

export interface Carried {
  readonly statements: readonly string[]
  /** What they carry over, in words. */
  readonly what: readonly string[]
}

/**
 * Statements that give the database called `name` what belongs to a database and not to its content: owner,
 * privileges, settings, also those per role. Only what differs between `from` and `to` is written.
 */
export function carrying(from: DatabaseState, to: DatabaseState, name: string): Carried {
  const owner =
    from.owner === to.owner
      ? []
      : [`alter database ${escapeIdentifier(name)} owner to ${escapeIdentifier(from.owner)}`]
  const settings = same(from.settings, to.settings) ? [] : settingsOf(from.settings, to.settings, name)
  // A new owner takes the old one's entries along, so that what is there is not what was read.
  const grants =
    owner.length === 0 && same(from.grants, to.grants) ? [] : grantsOf(from.grants, to, from.owner, name)
  const what = [
    ...(owner.length > 0 ? [`owner ${from.owner}`] : []),
    ...(grants.length > 0 ? ['privileges'] : []),
    ...(settings.length > 0 ? from.settings.flatMap(namesOf) : []),
  ]
  return { statements: [...owner, ...grants, ...settings], what }
}

/** In what `to` differs that no statement can change any more: encoding and collation are made with the database. */
export function unlike(from: DatabaseState, to: DatabaseState): readonly string[] {
  const parts = [
    ['encoding', from.encoding, to.encoding],
    ['collation', from.collate, to.collate],
    ['character type', from.ctype, to.ctype],
    ['locale provider', from.provider, to.provider],
    ['locale', from.locale, to.locale],
  ] as const
  return parts.flatMap(([what, wanted, is]) =>
    wanted === is ? [] : [`${what} ${is ?? 'none'} instead of ${wanted ?? 'none'}`],
  )
}

/** What `create database` must say for a database like this one. */
export function likeness(from: DatabaseState): string {
  const provider = { c: 'libc', i: 'icu', b: 'builtin' }[from.provider]
  return [
    'template template0',
    `encoding ${escapeLiteral(from.encoding)}`,
    ...(from.collate === null ? [] : [`lc_collate ${escapeLiteral(from.collate)}`]),
    ...(from.ctype === null ? [] : [`lc_ctype ${escapeLiteral(from.ctype)}`]),
    ...(provider === undefined || from.provider === 'c' ? [] : [`locale_provider ${provider}`]),
    ...(from.provider === 'i' && from.locale !== null ? [`icu_locale ${escapeLiteral(from.locale)}`] : []),
    ...(from.provider === 'i' && from.icuRules !== null ? [`icu_rules ${escapeLiteral(from.icuRules)}`] : []),
    ...(from.provider === 'b' && from.locale !== null
      ? [`builtin_locale ${escapeLiteral(from.locale)}`]
      : []),
    `tablespace ${escapeIdentifier(from.tablespace)}`,
  ].join(' ')
}

function grantsOf(wanted: readonly Grant[], to: DatabaseState, owner: string, name: string): string[] {
  const database = escapeIdentifier(name)
  const held = new Set([...to.grants.map(({ grantee }) => grantee), null, owner])
  return [
    ...[...held].map((grantee) => `revoke all on database ${database} from ${nameOf(grantee)}`),
    ...wanted.map(
      ({ grantee, privilege, grantable }) =>
        `grant ${privilege} on database ${database} to ${nameOf(grantee)}${grantable ? ' with grant option' : ''}`,
    ),
  ]
}

function nameOf(grantee: string | null): string {
  return grantee === null ? 'public' : escapeIdentifier(grantee)
}

function settingsOf(wanted: readonly Setting[], there: readonly Setting[], name: string): string[] {
  const holder = (role: string | null) =>
    role === null
      ? `alter database ${escapeIdentifier(name)}`
      : `alter role ${escapeIdentifier(role)} in database ${escapeIdentifier(name)}`
  return [
    ...there.map(({ role }) => `${holder(role)} reset all`),
    ...wanted.flatMap(({ role, config }) =>
      config.map((entry) => `${holder(role)} set ${assignmentOf(entry)}`),
    ),
  ]
}

/** `search_path="$user", public` → `"search_path" to '$user', 'public'` */
function assignmentOf(entry: string): string {
  const at = entry.indexOf('=')
  const name = entry.slice(0, at)
  const value = entry.slice(at + 1)
  const quoted = name.split('.').map(escapeIdentifier).join('.')
  const parts = LISTS.has(name) ? elementsOf(value) : [value]
  return `${quoted} to ${parts.map((part) => escapeLiteral(part)).join(', ')}`
}

function elementsOf(list: string): string[] {
  const elements = [...list.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  )
  return elements.length === 0 ? [''] : elements
}

function namesOf({ role, config }: Setting): string[] {
  return config.map((entry) => `${entry.slice(0, entry.indexOf('='))}${role === null ? '' : ` of ${role}`}`)
}

function same(left: readonly unknown[], right: readonly unknown[]): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
