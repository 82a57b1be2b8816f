import type { Medium } from './helpers.ts'
import type { Finding, Section, TemplateFile } from './template-file.ts'

/** Where a notice goes. */
/** `page` is a status page or a pager: plain sentences, and a subject where the template has one. */
export type NoticeMedium = 'slack' | 'email' | 'webhook' | 'page'

export interface Part {
  readonly name: 'subject' | 'text' | 'html'
  readonly section: Section
  readonly as: Medium
  /** The text between the values is the medium's own markup; otherwise it is plain and escaped like a value. */
  readonly markup: boolean
}

/** The parts of a file that a medium is made of, and what it would need and the file has not. */
export function partsFor(
  file: TemplateFile,
  medium: NoticeMedium,
): { readonly needed: readonly Part[]; readonly missing: readonly Finding[] } {
  if (medium === 'webhook') {
    const { json } = file.sections
    return json === undefined
      ? partsFor(file, 'page')
      : { needed: [{ name: 'text', section: json, as: 'json', markup: true }], missing: [] }
  }
  const own = medium === 'slack' ? file.sections.slack : file.sections.text
  const section = own ?? file.body
  const text: Part = {
    name: 'text',
    section,
    as: medium === 'slack' ? 'slack' : 'text',
    markup: medium === 'slack' && own !== undefined,
  }
  const empty =
    section.text.trim() === ''
      ? [missing('The template has no text.', 'Write the notice below the head, as plain sentences.')]
      : []
  if (medium === 'slack') return { needed: [text], missing: empty }
  return mailParts(file, text, empty, medium)
}

function mailParts(file: TemplateFile, text: Part, empty: readonly Finding[], medium: 'email' | 'page') {
  const { subject } = file
  const { html } = file.sections
  const noSubject =
    medium === 'email' && (subject === undefined || subject.text.trim() === '')
      ? [
          missing(
            'A mail needs a subject, and this template has none.',
            'Begin the file with `---`, `subject: …`, `---`.',
          ),
        ]
      : []
  const needed: Part[] = [text]
  if (subject !== undefined && subject.text.trim() !== '')
    needed.unshift({ name: 'subject', section: subject, as: 'text', markup: false })
  if (html !== undefined && medium === 'email')
    needed.push({ name: 'html', section: html, as: 'html', markup: true })
  return { needed, missing: [...noSubject, ...empty] }
}

function missing(message: string, hint: string): Finding {
  return { line: 1, col: 1, message, hint }
}
