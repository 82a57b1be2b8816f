import { shapeOf, type Shape, type ShapeField } from './context-shape.ts'
import { findingsOf } from './check-tree.ts'
import type { Medium } from './helpers.ts'
import { NoticeContext } from './notice-context.ts'
import { partsFor, type NoticeMedium } from './notice-parts.ts'
import { problemInJson } from './sample-notice.ts'
import { parseTemplate } from './syntax-tree.ts'
import { readTemplateFile, type Finding, type Section } from './template-file.ts'

export interface CheckOptions {
  /** Role names of the runbook: then a misspelt `holders.…` is found too. */
  readonly roles?: readonly string[]
  /** Contacts of the runbook, each with what is said of it: then what is there needs no guard. */
  readonly contacts?: { readonly [name: string]: readonly string[] }
}

const CONTEXT = shapeOf(NoticeContext)

/**
 * All that would go wrong when this template is written in this medium, or in one of these, whatever the cutover:
 * paths that do not exist, values that may be missing and are not guarded, helpers and blocks that are unknown or
 * used wrongly, missing sections. No finding means that it renders. What is wrong for two media is said once.
 */
export function checkTemplate(
  text: string,
  medium: NoticeMedium | readonly NoticeMedium[],
  options: CheckOptions = {},
): readonly Finding[] {
  const media = typeof medium === 'string' ? [medium] : medium
  const found = new Map<string, Finding>()
  for (const finding of media.flatMap((one) => checkFor(text, one, options))) {
    found.set(`${finding.line}:${finding.col} ${finding.message}`, finding)
  }
  return [...found.values()].toSorted((a, b) => a.line - b.line || a.col - b.col)
}

function checkFor(text: string, medium: NoticeMedium, options: CheckOptions): readonly Finding[] {
  const file = readTemplateFile(text)
  const parts = partsFor(file, medium)
  const findings = [
    ...file.findings,
    ...parts.missing,
    ...parts.needed.flatMap(({ section, as }) => checkSection(section, as, options)),
  ]
  return findings.length === 0 && medium === 'webhook' && file.sections.json !== undefined
    ? problemInJson(text)
    : findings
}

function contextWith(contacts: CheckOptions['contacts']): Shape {
  if (contacts === undefined || CONTEXT.is !== 'object') return CONTEXT
  const text: ShapeField = { shape: { is: 'value', kind: 'text' }, optional: false }
  const known = Object.entries(contacts).map(([name, keys]): [string, ShapeField] => [
    name,
    { shape: { is: 'object', fields: new Map(keys.map((key) => [key, text])) }, optional: false },
  ])
  const shape: Shape = { is: 'object', fields: new Map(known) }
  return { ...CONTEXT, fields: new Map([...CONTEXT.fields, ['contacts', { shape, optional: false }]]) }
}

function checkSection(section: Section, medium: Medium, options: CheckOptions): readonly Finding[] {
  const parsed = parseTemplate(section.text)
  const found = parsed.ok
    ? findingsOf(parsed.tree, { context: contextWith(options.contacts), medium, roles: options.roles })
    : [parsed.failure]
  return found.map((finding) => ({
    ...finding,
    line: section.line + finding.line - 1,
    col: finding.line === 1 ? section.col + finding.col - 1 : finding.col,
  }))
}
