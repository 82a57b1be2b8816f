import type { Block } from './blocks.ts'
import { makeCollection } from './collection.ts'
import type { Collection } from './collection.ts'
import type { DraftStep } from './draft-step.ts'
import type { Ledger } from './ledger.ts'
import type { Section } from './outline.ts'
import { addRole } from './people.ts'
import { READERS } from './readers.ts'
import { kindOfSection } from './sections.ts'
import type { SectionKind } from './sections.ts'
import { stepsOfBlocks } from './steps.ts'
import { plainLines } from './words.ts'

/** Everything that the sections of a document hold, sorted by what it is. */
export interface Sorted extends Omit<Collection, 'told'> {
  /** Lines for the top of the draft: what the document says about itself. */
  readonly preface: readonly string[]
}

/** People are read first, so that steps can name them; what repeats something is read last, so that it finds it. */
const ORDER: readonly SectionKind[] = [
  'preface',
  'roles',
  'contacts',
  'escalation',
  'steps',
  'metrics',
  'rollback',
  'success',
  'templates',
  'follow-ups',
  'contents',
  'repeat',
]

export function sortSections(root: Section, ledger: Ledger, folder: string, file: string): Sorted {
  const { told, ...all } = makeCollection(root, ledger, folder, file)
  const collection = { ...all, told }
  const sections = topSections(root)
  for (const kind of ORDER)
    for (const { section } of sections.filter((one) => one.kind === kind)) READERS[kind](collection, section)
  const loose = looseSteps(collection)
  if (loose.length > 0)
    all.phases.unshift({ id: all.context.newId('Steps'), title: 'Steps', line: 1, steps: loose })
  for (const block of introOf(root))
    if (block.kind === 'list') for (const entry of block.entries) all.became(entry, 'preface', '')
  if (!all.people.roles.has('lead')) addRole(all.people, 'Lead')
  return { ...all, preface: [...prefaceOf(root), ...told.map((line) => line.replaceAll('**', ''))] }
}

interface Kinded {
  readonly kind: SectionKind
  readonly section: Section
}

/** Sections below the title. Those inside an appendix or among the contacts count by themselves. */
function topSections(root: Section): Kinded[] {
  const [only, ...others] = root.sections
  const below =
    others.length === 0 && only !== undefined && only.sections.length > 0 ? only.sections : root.sections
  return below.flatMap(kinded)
}

function kinded(section: Section): Kinded[] {
  const kind = kindOfSection(section)
  if (kind === 'templates' || kind === 'contents' || kind === 'rollback') return [{ kind, section }]
  const apart = section.sections.filter((child) => {
    const own = kindOfSection(child)
    return own !== 'steps' && own !== kind
  })
  const rest = { ...section, sections: section.sections.filter((child) => !apart.includes(child)) }
  return [{ kind, section: rest }, ...apart.flatMap(kinded)]
}

/** What stands under the title, before the first section. */
const introOf = (root: Section): readonly Block[] => {
  const [only, ...others] = root.sections
  return others.length === 0 && only !== undefined && only.sections.length > 0 ? only.blocks : []
}

/** Blocks before every heading: in a document without headings, all of it. */
const looseSteps = ({ root, context }: Collection): DraftStep[] =>
  root.blocks.some(({ kind }) => kind !== 'paragraph') || root.sections.length === 0
    ? stepsOfBlocks(root.blocks, 'Steps', context)
    : []

const prefaceOf = (root: Section): readonly string[] => {
  const intro = introOf(root)
  return [
    ...plainLines({ ...root, blocks: [...root.blocks, ...intro], sections: [] }),
    ...intro.flatMap((block) => (block.kind === 'list' ? block.entries.map(({ text }) => `- ${text}`) : [])),
  ].map((line) => line.replaceAll('**', ''))
}
