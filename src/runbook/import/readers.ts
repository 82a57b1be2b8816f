import type { JsonValue } from '../schema/primitives.ts'
import type { Collection } from './collection.ts'
import type { DraftStep } from './draft-step.ts'
import { gateStep } from './gate.ts'
import { readNotices } from './notices.ts'
import type { DraftNotice } from './notices.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import { entriesBelow, labelledLists, readContacts, readEscalation, readRoles } from './people.ts'
import { stretchesOf } from './phases.ts'
import { readRollback } from './rollback.ts'
import type { SectionKind } from './sections.ts'
import { doStep, stepsOfSection } from './steps.ts'
import { overlap, plainLines, withoutNumber, wordsOf } from './words.ts'

/** How each kind of section is read into the collection. */
export const READERS: { readonly [Kind in SectionKind]: (all: Collection, section: Section) => void } = {
  preface: readPreface,
  roles: (all, section) => readSteps(all, readRoles(section, all.people, all.context.ledger)),
  contacts: (all, section) => readContacts(section, all.people, all.context.ledger),
  escalation: (all, section) => readEscalation(section, all.people, all.context.ledger),
  steps: readSteps,
  metrics: readMetrics,
  rollback: (all, section) => readRollback(section, all.rollback, all.context),
  success: readSuccess,
  templates: readTemplates,
  'follow-ups': readFollowUps,
  contents: (all, section) => {
    for (const entry of entriesBelow(section)) all.became(entry, 'table of contents', '')
  },
  repeat: readRepeat,
}

function readPreface({ became, told }: Collection, section: Section): void {
  const points = entriesBelow(section)
  for (const point of points) became(point, 'preface', '')
  told.push(
    '',
    `${withoutNumber(section.title)}:`,
    ...plainLines(section),
    ...points.map(({ text }) => `- ${text}`),
  )
}

function readSteps({ people, context, addPhase }: Collection, section: Section): void {
  for (const { title, at, section: own, isGate } of stretchesOf(section, context.zeroClock)) {
    const steps = isGate ? [gateStep(own, people, context)] : stepsOfSection(own, context)
    addPhase({ title, line: own.line, steps, ...(at === undefined ? {} : { at }) })
  }
}

/** Numbers that somebody writes down. */
function readMetrics({ became, context, addPhase }: Collection, section: Section): void {
  const points = entriesBelow(section)
  if (points.length === 0) return
  const fields: { [name: string]: JsonValue } = {}
  for (const [index, { text }] of points.entries())
    fields[`value_${index + 1}`] = { type: 'text', label: text, optional: true }
  const title = withoutNumber(section.title)
  const step = doStep(title, section.line, context, { optional: true, fields })
  for (const point of points) became(point, 'field', step.id)
  addPhase({ title, line: section.line, steps: [step] })
}

function readSuccess({ rollback, success, became, context }: Collection, section: Section): void {
  for (const { label, entries } of labelledLists(section)) {
    for (const entry of entries) {
      const said = rollback.triggers.immediate.find(({ text }) => text === entry.text)
      if (said !== undefined) {
        became(entry, 'repeat of', said.id)
        continue
      }
      const id = context.newId(entry.text)
      const isFailure = /fail|not success/i.test(label)
      if (isFailure) rollback.triggers.immediate.push({ id, text: entry.text })
      else success.push({ confirm: entry.text, id })
      became(entry, isFailure ? 'trigger (immediate)' : 'success criterion', id)
    }
  }
}

function readTemplates({ file, files, findings, tells, context }: Collection, section: Section): void {
  const read = readNotices(section, file, context)
  files.push(...read.files)
  findings.push(...read.findings)
  tells.push(...read.notices.map((notice) => ({ notice, step: tellStep(notice, context.newId) })))
}

const tellStep = (
  { title, line, at, template, text }: DraftNotice,
  newId: (title: string) => string,
): DraftStep => ({
  id: newId(title),
  line,
  document: { tell: title, ...(at === undefined ? {} : { at }), to: ['stakeholders'], template },
  command: { text },
})

function readFollowUps({ followUps, became, context }: Collection, section: Section): void {
  for (const entry of entriesBelow(section)) {
    const isBefore = /before (?:the )?(?:production|live)/i.test(entry.text)
    const id = context.newId(entry.text)
    followUps.push({ title: entry.text, id, owner: 'lead', ...(isBefore ? { before: 'live' } : {}) })
    became(entry, 'follow-up', id)
  }
}

/** How much of the shorter text must stand in the other for it to be said twice. */
const REPEATS = 0.5

/** What stands elsewhere is linked to it; what does not is left for the steps without a place. */
function readRepeat({ root, phases, became }: Collection, section: Section): void {
  const known = [
    ...phases.flatMap(({ id, title, steps }) => [
      { id, words: wordsOf(title) },
      ...steps.map((step) => ({ id: step.id, words: wordsOf(String(Object.values(step.document)[0])) })),
    ]),
    ...allSections(root)
      .filter(({ line }) => line < section.line)
      .map(({ title }) => ({ id: withoutNumber(title), words: wordsOf(title) })),
  ]
  for (const entry of entriesBelow(section)) {
    const words = wordsOf(entry.text)
    const best = known
      .map((one) => ({ ...one, same: overlap(words, one.words) }))
      .toSorted((a, b) => b.same - a.same)[0]
    if (best !== undefined && best.same >= REPEATS) became(entry, 'repeat of', best.id)
  }
}
