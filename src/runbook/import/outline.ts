import MarkdownIt from 'markdown-it'
import { warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { readParts } from './blocks.ts'
import type { Block } from './blocks.ts'

/** A heading and what stands below it, down to the next heading. */
export interface Section {
  /** 0 for what stands before the first heading. */
  readonly level: number
  readonly title: string
  readonly line: number
  readonly blocks: readonly Block[]
  readonly sections: readonly Section[]
}

export interface Outline {
  /** Level 0; its title is that of a single heading of level 1, else empty. */
  readonly root: Section
  readonly findings: readonly Finding[]
}

const markdown = new MarkdownIt('commonmark').enable('table')

/** The Markdown as a tree of headings. It never fails: what is strange becomes a finding. */
export function outlineOf(file: string, text: string): Outline {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const { parts, unclosedFences } = readParts(markdown.parse(source, {}), source.split('\n'))
  const top = makeSection(0, '', 1)
  const open: Growing[] = [top]
  for (const part of parts) {
    if (part.kind !== 'heading') {
      open.at(-1)?.blocks.push(part)
      continue
    }
    const section = makeSection(part.level, part.text, part.line)
    while ((open.at(-1)?.level ?? 0) >= part.level) open.pop()
    ;(open.at(-1) ?? top).sections.push(section)
    open.push(section)
  }
  const findings = [
    ...unclosed(file, unclosedFences),
    ...(top.sections.length === 0 ? [noHeadings(file)] : []),
    ...deadAnchors(file, source, top),
  ]
  return { root: top, findings }
}

interface Growing extends Section {
  readonly blocks: Block[]
  readonly sections: Growing[]
}

const makeSection = (level: number, title: string, line: number): Growing => ({
  level,
  title,
  line,
  blocks: [],
  sections: [],
})

const unclosed = (file: string, lines: readonly number[]): Finding[] =>
  lines.map((line) =>
    warningAt(
      { file, line, col: 1 },
      {
        code: 'unclosed-fence',
        message: 'this code is never closed, so what follows reads as code',
        hint: 'Close it with the same marks, and import again; what stands in it was kept as one command.',
      },
    ),
  )

const noHeadings = (file: string): Finding =>
  warningAt(
    { file, line: 1, col: 1 },
    {
      code: 'no-headings',
      message: 'there is no heading, so everything became one phase',
      hint: 'Cut the draft into phases where people wait for each other.',
    },
  )

/** Links to headings that do not exist: what they pointed to was lost before the import. */
function deadAnchors(file: string, source: string, root: Section): Finding[] {
  const known = new Set(allSections(root).map(({ title }) => anchorOf(title)))
  return source.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\]\(#([^)\s]+)\)/g)].flatMap((match) => {
      const anchor = match[1] ?? ''
      if (known.has(anchor.toLowerCase())) return []
      return [
        warningAt(
          { file, line: index + 1, col: match.index + 1 },
          {
            code: 'dead-anchor',
            message: `nothing in this document is called #${anchor}`,
            hint: 'Write what it should have said into `help` of the step, or link to where it stands.',
          },
        ),
      ]
    }),
  )
}

/** A section and everything below it, in reading order. */
export const allSections = (section: Section): readonly Section[] => [
  section,
  ...section.sections.flatMap(allSections),
]

/** As GitHub makes them. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
