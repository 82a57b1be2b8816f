import { closest } from 'fastest-levenshtein'

/** One thing that is wrong in a template. `line` and `col` count from 1. */
export interface Finding {
  readonly line: number
  readonly col: number
  readonly message: string
  readonly hint: string
}

/** A stretch of the file; `line` and `col` say where its text begins, from 1. */
export interface Section {
  readonly text: string
  readonly line: number
  readonly col: number
}

export const SECTIONS = ['slack', 'text', 'html', 'json'] as const
export type SectionName = (typeof SECTIONS)[number]

/** A notice file in its parts: docs/notices.md says how it is written. */
export interface TemplateFile {
  readonly subject?: Section
  /** What stands before the first section line; serves Slack and mail. */
  readonly body: Section
  readonly sections: { readonly [Name in SectionName]?: Section }
  readonly findings: readonly Finding[]
}

export const TEMPLATE_LENGTH_MAX = 20_000

export function readTemplateFile(source: string): TemplateFile {
  const findings: Finding[] = []
  const lines = source
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
  if (source.length > TEMPLATE_LENGTH_MAX) {
    findings.push({
      line: 1,
      col: 1,
      message: `The template has ${source.length.toLocaleString('en-US')} characters; 20,000 is the most.`,
      hint: 'A notice is a few sentences; put the rest behind a link.',
    })
  }
  const head = readHead(lines, findings)
  const { body, sections } = readSections(lines, head.next, findings)
  return { ...(head.subject === undefined ? {} : { subject: head.subject }), body, sections, findings }
}

interface Head {
  readonly subject?: Section
  /** Index of the first line after it. */
  readonly next: number
}

function readHead(lines: readonly string[], findings: Finding[]): Head {
  if (lines[0]?.trimEnd() !== '---') return { next: 0 }
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---')
  if (end < 0) {
    findings.push({
      line: 1,
      col: 1,
      message: 'The head that `---` opens is never closed.',
      hint: 'Write a line `---` after `subject: …`.',
    })
    return { next: lines.length }
  }
  let subject: Section | undefined
  for (const [offset, line] of lines.slice(1, end).entries()) {
    if (line.trim() === '') continue
    const match = /^(\s*)([\w-]+):\s*/.exec(line)
    if (match?.[2] === 'subject') {
      subject = { text: line.slice(match[0].length).trimEnd(), line: offset + 2, col: match[0].length + 1 }
    } else {
      findings.push({
        line: offset + 2,
        col: 1,
        message: `The head of a notice knows no \`${match?.[2] ?? line.trim().slice(0, 40)}\`.`,
        hint: 'It has one key: `subject: …`, the subject of the mail.',
      })
    }
  }
  return { ...(subject === undefined ? {} : { subject }), next: end + 1 }
}

function readSections(
  lines: readonly string[],
  from: number,
  findings: Finding[],
): Pick<TemplateFile, 'body' | 'sections'> {
  const starts = lines.flatMap((line, index) => {
    const name = /^---[ \t]+(\S.*?)\s*$/.exec(line)?.[1]
    return index < from || name === undefined ? [] : [{ name, index }]
  })
  const textOf = (first: number, end: number): Section => ({
    text: lines.slice(first, end).join('\n'),
    line: first + 1,
    col: 1,
  })
  const sections: { [Name in SectionName]?: Section } = {}
  for (const [place, { name, index }] of starts.entries()) {
    const known = SECTIONS.find((section) => section === name)
    if (known === undefined || sections[known] !== undefined) {
      findings.push({
        line: index + 1,
        col: 1,
        message:
          known === undefined ? `There is no section \`${name}\`.` : `The section \`${name}\` is here twice.`,
        hint:
          known === undefined
            ? `Did you mean \`--- ${closest(name, [...SECTIONS])}\`? Sections are ${SECTIONS.join(', ')}.`
            : 'Keep one of them.',
      })
      continue
    }
    sections[known] = textOf(index + 1, starts[place + 1]?.index ?? lines.length)
  }
  return { body: textOf(from, starts[0]?.index ?? lines.length), sections }
}
