import { slug } from '../slug.ts'
import type { JsonValue } from '../schema/primitives.ts'
import type { Block, Entry } from './blocks.ts'
import type { Ledger } from './ledger.ts'
import { foundKind } from './ledger.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import { labelIn, pairIn } from './words.ts'

/** Roles by id, with their titles; the lead is always there. */
export interface DraftPeople {
  readonly roles: Map<string, string>
  readonly contacts: { [id: string]: JsonValue }
  readonly escalation: { after: string; roles: string[] }[]
}

export const makePeople = (): DraftPeople => ({ roles: new Map(), contacts: {}, escalation: [] })

const NOT_A_ROLE =
  /window|date|time|duration|slack|video|phone|bridge|status page|channel|e-?mail|link|management$/i
const LEAD = /^(?:migration |cutover |deployment |release |incident )?(?:lead|leader|manager|owner|captain)$/i

/** Adds a role by its title and gives its id; the first lead is called `lead`. */
export function addRole({ roles }: DraftPeople, title: string): string {
  const known = knownRole(roles, title)
  if (known !== undefined) return known
  const base = LEAD.test(title) && !roles.has('lead') ? 'lead' : slug(title) || 'role'
  const id = roles.has(base) ? `${base}-${roles.size + 1}` : base
  roles.set(id, title)
  return id
}

/** `- **Observer**: Runs the verification` and `Migration Lead: ____`: the roles of a section; gives what is left of it. */
export function readRoles(section: Section, people: DraftPeople, ledger: Ledger): Section {
  const used = new Set<Entry>()
  for (const entry of entriesBelow(section)) {
    const title = roleIn(entry)
    if (title === undefined) continue
    used.add(entry)
    ledger.place(foundKind(entry), entry.line, { as: 'role', where: addRole(people, title) })
  }
  readTables(section, people, ledger)
  return withoutEntries(section, used)
}

const withoutEntries = (section: Section, used: ReadonlySet<Entry>): Section => ({
  ...section,
  blocks: section.blocks.flatMap((block): Block[] => {
    if (block.kind === 'table') return []
    if (block.kind !== 'list') return [block]
    const entries = block.entries.filter((entry) => !used.has(entry))
    return entries.length === 0 ? [] : [{ ...block, entries }]
  }),
  sections: section.sections.map((inner) => withoutEntries(inner, used)),
})

function roleIn({ text }: Entry): string | undefined {
  const name = (pairIn(text)?.name ?? /^(.{2,40}?):\s*_*$/.exec(text)?.[1])?.replace(/\s*\(.*\)$/, '').trim()
  return name === undefined || NOT_A_ROLE.test(name) || name.split(' ').length > 4 ? undefined : name
}

/** Tables with a role column, lists of outside help, places to meet. */
export function readContacts(section: Section, people: DraftPeople, ledger: Ledger): void {
  readTables(section, people, ledger)
  for (const entry of entriesBelow(section)) {
    const pair = pairIn(entry.text)
    if (pair === undefined) continue
    const id = slug(pair.name)
    if (id === '') continue
    const link = /https?:\/\/\S+/.exec(pair.value)?.[0]
    people.contacts[id] = { name: pair.name, ...(link === undefined ? { text: pair.value } : { link }) }
    ledger.place(foundKind(entry), entry.line, { as: 'contact', where: id })
  }
}

function readTables(section: Section, people: DraftPeople, ledger: Ledger): void {
  for (const block of blocksBelow(section)) {
    if (block.kind !== 'table') continue
    const column = block.head.findIndex((cell) => /\brole\b|function|position/i.test(cell))
    if (column < 0) continue
    for (const { cells, line } of block.rows) {
      const title = cells[column]?.trim() ?? ''
      if (title === '') continue
      ledger.place('table row', line, { as: 'role', where: addRole(people, title) })
    }
  }
}

/** `Level 2: + DevOps Engineer + CTO (15-30 minutes)`. */
export function readEscalation(section: Section, people: DraftPeople, ledger: Ledger): void {
  for (const entry of entriesBelow(section)) {
    const minutes = /\((\d+)\s*(?:[-–]\s*\d+|\+)?\s*min/i.exec(entry.text)?.[1]
    const named = (pairIn(entry.text)?.value ?? entry.text).replace(/\([^)]*\)/, '')
    const titles = named.split('+').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
    if (minutes === undefined || titles.length === 0) continue
    const roles = titles.map((title) => addRole(people, title))
    people.escalation.push({ after: `${minutes}m`, roles })
    ledger.place(foundKind(entry), entry.line, { as: 'escalation level', where: roles.join(', ') })
  }
}

/** `DBA` is the Database Administrator of a table, `DevOps` its DevOps Engineer. */
function knownRole(roles: ReadonlyMap<string, string>, title: string): string | undefined {
  const small = title.toLowerCase()
  return [...roles].find(([, other]) => {
    const known = other.toLowerCase()
    const initials = known.split(/\s+/).map((word) => word[0] ?? '')
    return (
      known === small ||
      known.startsWith(`${small} `) ||
      (small === 'dba' && known.startsWith('database admin')) ||
      (initials.length > 2 && initials.join('') === small)
    )
  })?.[0]
}

export const blocksBelow = (section: Section): Block[] =>
  allSections(section).flatMap(({ blocks }) => [...blocks])

/** Entries of the first level of every list in the section and below it. */
export const entriesBelow = (section: Section): Entry[] =>
  blocksBelow(section).flatMap((block) => (block.kind === 'list' ? [...block.entries] : []))

/** Lists with the label or heading that stands over each. */
export function labelledLists(
  section: Section,
): { readonly label: string; readonly entries: readonly Entry[]; readonly line: number }[] {
  return allSections(section).flatMap((inner) => {
    let label = inner.title
    return inner.blocks.flatMap((block) => {
      if (block.kind === 'paragraph') label = labelIn(block.text) ?? label
      return block.kind === 'list' ? [{ label, entries: block.entries, line: block.line }] : []
    })
  })
}
