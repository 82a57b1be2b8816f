import type { JsonValue } from '../schema/primitives.ts'
import type { DraftStep } from './draft-step.ts'
import { foundKind } from './ledger.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import { labelledLists } from './people.ts'
import type { StepContext } from './steps.ts'
import { stepsOfSection } from './steps.ts'
import { withoutNumber } from './words.ts'

type Urgency = 'immediate' | 'consider' | 'never'

export interface DraftRollback {
  readonly triggers: { readonly [urgency in Urgency]: { id: string; text: string }[] }
  readonly options: {
    readonly id: string
    readonly title: string
    readonly text?: string
    readonly steps: DraftStep[]
  }[]
  readonly after: DraftStep[]
}

export const makeRollback = (): DraftRollback => ({
  triggers: { immediate: [], consider: [], never: [] },
  options: [],
  after: [],
})

const TRIGGERS = /trigger|when to|rollback (?:if|criteria)|\bif\b/i
const AFTER = /post-?\s?rollback|after (?:the )?roll/i

/** The way back: what calls for it, one or several ways, and what follows. */
export function readRollback(section: Section, rollback: DraftRollback, given: StepContext): void {
  const context = { ...given, isWayBack: true }
  const rest = withoutTriggers(section, rollback, context)
  const after = rest.sections.filter(({ title }) => AFTER.test(title))
  const ways = waysOf({ ...rest, sections: rest.sections.filter(({ title }) => !AFTER.test(title)) })
  for (const way of ways) {
    const steps = stepsOfSection({ ...way, blocks: way.blocks }, context)
    if (steps.length === 0) continue
    const title = withoutNumber(way.title)
    rollback.options.push({ id: context.newId(title), title, steps })
  }
  rollback.after.push(...after.flatMap((inner) => stepsOfSection(inner, context)))
}

/** Sections called option A, B… are ways of their own; otherwise everything is one. */
function waysOf(section: Section): Section[] {
  const options = allSections(section).filter(({ title }) =>
    /^(?:option|plan|alternative|variant)\b/i.test(withoutNumber(title)),
  )
  if (options.length === 0) return [section]
  const before = { ...section, sections: [] }
  return [...(before.blocks.length > 0 ? [before] : []), ...options]
}

function withoutTriggers(section: Section, rollback: DraftRollback, context: StepContext): Section {
  const used = new Set<number>()
  for (const { label, entries, line } of labelledLists(section)) {
    if (!TRIGGERS.test(label) || AFTER.test(label) || isOrder(entries.map(({ kind }) => kind))) continue
    used.add(line)
    for (const entry of entries) {
      const urgency = urgencyOf(label)
      const id = context.newId(entry.text)
      rollback.triggers[urgency].push({ id, text: entry.text })
      context.ledger.place(foundKind(entry), entry.line, { as: `trigger (${urgency})`, where: id })
    }
  }
  return prune(section, used)
}

/** Numbered entries are what to do, not when. */
const isOrder = (kinds: readonly string[]): boolean => kinds.includes('numbered')

const urgencyOf = (label: string): Urgency =>
  /do not|don't|never|not a reason/i.test(label)
    ? 'never'
    : /consider|maybe/i.test(label)
      ? 'consider'
      : 'immediate'

const prune = (section: Section, lines: ReadonlySet<number>): Section => ({
  ...section,
  blocks: section.blocks.filter((block) => block.kind !== 'list' || !lines.has(block.line)),
  sections: section.sections.map((inner) => prune(inner, lines)),
})

/** As the language writes it; nothing when the Markdown knows no way back. */
export function rollbackDocument(
  { triggers, options, after }: DraftRollback,
  steps: (steps: readonly DraftStep[]) => JsonValue,
): { readonly [key: string]: JsonValue } | undefined {
  const called = Object.fromEntries(Object.entries(triggers).filter(([, list]) => list.length > 0))
  const document = {
    ...(options.length > 0
      ? {
          options: Object.fromEntries(
            options.map(({ id, title, steps: own }) => [
              id,
              { title, loses: 'Imported; nobody has said yet what is lost by it.', steps: steps(own) },
            ]),
          ),
        }
      : {}),
    ...(after.length > 0 ? { after: steps(after) } : {}),
    ...(Object.keys(called).length > 0 ? { triggers: called } : {}),
  }
  return Object.keys(document).length > 0 ? document : undefined
}
