import type { Paper, Part } from './document.ts'

/** A plan on paper as Markdown, for a terminal or a wiki. */
export function paperMarkdown({ title, subtitle, parts }: Paper): string {
  return [`# ${escaped(title)}`, escaped(subtitle), ...parts.map(written)]
    .filter((text) => text !== '')
    .join('\n\n')
    .concat('\n')
}

function written(part: Part): string {
  switch (part.type) {
    case 'heading': {
      const aside = part.aside === undefined || part.aside === '' ? '' : ` (${escaped(part.aside)})`
      return `${part.level === 'section' ? '###' : '##'} ${escaped(part.text)}${aside}`
    }
    case 'text':
      return escaped(part.text)
    case 'warning':
      return `> **${escaped(part.text)}**`
    case 'facts':
      return part.rows
        .filter(([, value]) => value !== '')
        .map(([label, value]) => `- ${escaped(label)}: ${escaped(value)}`)
        .join('\n')
    case 'table':
      return part.rows.length === 0
        ? ''
        : [line(part.head), line(part.head.map(() => '---')), ...part.rows.map(line)].join('\n')
    case 'verbatim':
      return `${part.caption === undefined ? '' : `${escaped(part.caption)}:\n\n`}${fenced(part.text)}`
    case 'boxes':
      return part.texts.map((text) => `- [ ] ${escaped(text)}`).join('\n')
    case 'blanks':
      return part.labels.map((label) => `- ${escaped(label)}: ______________________________`).join('\n')
    case 'step':
      return [
        `- [ ] **${escaped(part.title)}** \`${part.id}\`\n  ${escaped(part.marks.join(' · '))}`,
        ...part.parts.map((inner) => indented(written(inner))),
      ]
        .filter((text) => text.trim() !== '')
        .join('\n\n')
  }
}

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => (cell === '---' ? cell : escaped(cell))).join(' | ')} |`

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')

/** A fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text.trimEnd()}\n${fence}`
}

/** Text from outside stays on its line and in its cell, and formats nothing. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*{}[\]<>|#~]/g, (character) => `\\${character}`)
}
