import type { Finding } from '../finding.ts'
import { warningAt } from '../finding.ts'
import type { JsonValue } from '../schema/primitives.ts'
import type { DraftFile, DraftPhase, DraftStep } from './draft-step.ts'
import type { DraftHead } from './head.ts'
import { headOf } from './head.ts'
import type { Ledger } from './ledger.ts'
import type { Outline } from './outline.ts'
import { rollbackDocument } from './rollback.ts'
import type { DraftRollback } from './rollback.ts'
import { sortSections } from './sort-sections.ts'
import type { Sorted } from './sort-sections.ts'
import { placeNotices } from './place-notices.ts'

/** The draft as data; `withSteps` makes another one with each step as the function gives it. */
export interface DraftRunbook {
  readonly key: string
  readonly files: readonly DraftFile[]
  readonly preface: readonly string[]
  document(): { readonly [key: string]: JsonValue }
  lines(): ReadonlyMap<string, number>
  /** Id of the step that names a file. */
  stepNaming(path: string): string | undefined
  withSteps(change: (step: DraftStep) => DraftStep): DraftRunbook
}

interface Parts {
  readonly head: DraftHead
  readonly sorted: Sorted
  readonly phases: readonly DraftPhase[]
  readonly before: readonly DraftStep[]
  readonly rollback: DraftRollback
  readonly files: readonly DraftFile[]
}

export function makeDraft(
  outline: Outline,
  ledger: Ledger,
  { file, text }: { readonly file: string; readonly text: string },
): DraftRunbook & { readonly findings: readonly Finding[] } {
  const head = headOf(outline.root, file, text)
  const sorted = sortSections(outline.root, ledger, head.key, file)
  const { phases, before } = placeNotices(sorted, [...sorted.phases, ...unplaced(ledger, sorted)])
  const parts = {
    head,
    sorted,
    phases: phases.length > 0 ? phases : [nothing(file)],
    before,
    rollback: sorted.rollback,
    files: sorted.files,
  }
  return {
    ...draftOf(parts),
    findings: [...head.findings, ...sorted.findings, ...peopleFindings(sorted, file)],
  }
}

/** What nobody could place is kept, each as a step with a marker. */
function unplaced(ledger: Ledger, { context: { newId } }: Sorted): DraftPhase[] {
  const steps = ledger.all().flatMap(({ found, line, text, became }): DraftStep[] => {
    if (became !== undefined) return []
    const short = text.replaceAll(/\s+/g, ' ').slice(0, 120)
    const id = newId(`unplaced ${short}`)
    ledger.place(found, line, { as: 'unplaced', where: id })
    return [{ id, line, document: { do: `Unplaced: ${short}`, ...(text === short ? {} : { help: text }) } }]
  })
  return steps.length === 0 ? [] : [{ id: newId('Not placed yet'), title: 'Not placed yet', line: 1, steps }]
}

const nothing = (file: string): DraftPhase => ({
  id: 'phase-1',
  title: 'Everything is still to be written',
  line: 1,
  steps: [
    {
      id: 'write-steps',
      line: 1,
      document: { do: `Write the steps: there is none in ${file.split('/').at(-1)}` },
    },
  ],
})

const peopleFindings = ({ people }: Sorted, file: string): Finding[] => [
  warningAt(
    { file, line: 1, col: 1 },
    {
      code: 'who-may-hold',
      message: `who may hold the ${people.roles.size === 1 ? 'role' : 'roles'} ${[...people.roles.keys()].join(', ')} is not said; the draft names a group for each`,
      hint: 'Name people or Slack groups in `from`.',
    },
  ),
]

function draftOf(parts: Parts): DraftRunbook {
  const all = [
    ...parts.phases.flatMap(({ steps }) => steps),
    ...parts.before,
    ...parts.rollback.options.flatMap(({ steps }) => steps),
    ...parts.rollback.after,
  ]
  const named = new Set(all.flatMap(({ document }) => pathsIn(document)))
  return {
    key: parts.head.key,
    files: parts.files.filter(({ path }) => named.has(path)),
    preface: prefaceOf(parts),
    document: () => documentOf(parts),
    stepNaming: (path) => all.find(({ document }) => pathsIn(document).includes(path))?.id,
    lines: () => new Map(all.map(({ id, line }) => [id, line])),
    withSteps: (change) =>
      draftOf({
        ...parts,
        phases: parts.phases.map((phase) => ({ ...phase, steps: phase.steps.map(change) })),
        before: parts.before.map(change),
        rollback: {
          ...parts.rollback,
          options: parts.rollback.options.map((option) => ({ ...option, steps: option.steps.map(change) })),
          after: parts.rollback.after.map(change),
        },
      }),
  }
}

const prefaceOf = ({ head, sorted }: Parts): readonly string[] => [
  `${head.title}: a draft, imported from Markdown.`,
  'Each step names its line there. `cutover validate` says what is still to be decided.',
  ...(sorted.preface.length > 0 ? ['', ...sorted.preface] : []),
]

/** Texts of a step that may name a file of the draft. */
function pathsIn(value: JsonValue): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(pathsIn)
}

function documentOf(parts: Parts): { readonly [key: string]: JsonValue } {
  const { head, sorted } = parts
  const { people } = sorted
  const rollback = rollbackDocument(parts.rollback, listOf)
  const before = parts.before.length > 0 ? { before: listOf(parts.before) } : {}
  return {
    language: 1,
    runbook: head.key,
    title: head.title,
    owner: head.owner,
    ...(head.updated === undefined ? {} : { updated: head.updated }),
    review: 'after each live cutover',
    window: { length: head.length, zone: head.zone },
    ...(head.channel === undefined ? {} : { channel: { name: head.channel } }),
    roles: Object.fromEntries([...people.roles].map(([id, title]) => [id, { title, from: [`group:${id}`] }])),
    ...(Object.keys(head.links).length > 0 ? { links: head.links } : {}),
    ...(Object.keys(people.contacts).length > 0 ? { contacts: people.contacts } : {}),
    ...(people.escalation.length > 0 ? { escalation: people.escalation } : {}),
    ...(sorted.tells.length > 0 ? { audiences: audiencesOf(head) } : {}),
    ...targetsOf(parts),
    phases: parts.phases.map(({ id, title, at, steps }) => ({
      phase: title,
      id,
      ...(at === undefined ? {} : { at }),
      steps: listOf(steps),
    })),
    ...(sorted.success.length > 0 ? { success: sorted.success } : {}),
    ...(rollback === undefined && parts.before.length === 0 ? {} : { rollback: { ...before, ...rollback } }),
    ...(sorted.followUps.length > 0 ? { follow_ups: sorted.followUps } : {}),
  }
}

const listOf = (steps: readonly DraftStep[]): JsonValue =>
  steps.map(({ id, document }) => {
    const [kind = 'do'] = Object.keys(document)
    const { [kind]: title = '', ...rest } = document
    return { [kind]: title, id, ...rest }
  })

const audiencesOf = ({ channels }: DraftHead): JsonValue => ({
  stakeholders: channels[0] === undefined ? { email: ['stakeholders@example.org'] } : { slack: channels[0] },
})

function targetsOf({ head, sorted }: Parts): { readonly [key: string]: JsonValue } {
  if (!sorted.usesTarget()) return { environments: { staging: {}, production: { live: true } } }
  return {
    secrets: ['TARGET_URL'],
    targets: { main: { postgres: '$TARGET_URL', database: head.database } },
    environments: {
      staging: {},
      production: { live: true, identity: { main: { database: head.database } } },
    },
  }
}
