import type { Section } from './outline.ts'
import { withoutNumber } from './words.ts'

/** What a section is about, by its heading: each kind has a file of its own that reads it. */
export type SectionKind =
  | 'contents'
  | 'roles'
  | 'contacts'
  | 'escalation'
  | 'templates'
  | 'rollback'
  | 'success'
  | 'follow-ups'
  | 'metrics'
  | 'preface'
  | 'repeat'
  | 'steps'

const KINDS: readonly (readonly [SectionKind, RegExp])[] = [
  ['contents', /^(?:table of )?contents$/i],
  [
    'preface',
    /^(?:document )?(?:purpose|about|overview|introduction|background|scope|summary)\b(?!.*checklist)/i,
  ],
  ['escalation', /escalation/i],
  ['contacts', /\bcontacts?\b|on-call (?:rota|rotation)|communication channels/i],
  ['templates', /templates?$|^(?:communication|announcement)s? (?:templates?|texts?)/i],
  ['rollback', /roll-?\s?backs?\b|back-?\s?out|revert (?:plan|procedure)/i],
  ['success', /(?:success|acceptance|exit|failure) criteria|^deliverables?$/i],
  ['follow-ups', /outstanding|open (?:tasks|points)|follow-?up (?:tasks|actions)|action items/i],
  ['metrics', /^(?:key )?metrics\b/i],
  ['roles', /\broles\b|responsibilit|^(?:the )?(?:team|people|who)$/i],
  ['repeat', /appendix|summary checklist|checklist summary/i],
]

/** Preparing a rollback is work of its own, before the night. */
const PREPARES = /\b(?:plan preparation|prepare|preparing|test(?:ed|ing)?|rehears\w*)\b/i

export function kindOfSection({ title, level }: Section): SectionKind {
  const plainTitle = withoutNumber(title)
  const found = KINDS.find(([, pattern]) => pattern.test(plainTitle))?.[0] ?? 'steps'
  if (found === 'rollback' && PREPARES.test(plainTitle)) return 'steps'
  // A heading deep inside a phase (“Team Assembly: roles”) stays with its phase.
  return level > 3 && found !== 'templates' && found !== 'rollback' ? 'steps' : found
}
