import type { DraftStep } from './draft-step.ts'
import { foundKind } from './ledger.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import type { DraftPeople } from './people.ts'
import { addRole, labelledLists } from './people.ts'
import type { StepContext } from './steps.ts'
import { timeIn } from './times.ts'
import { labelIn, pairIn, withoutNumber } from './words.ts'

const GATE = /\bgo\s*\/?\s*-?\s*(?:or\s+)?no-?\s?go\b/i

export const isGate = ({ title, sections }: Section): boolean =>
  GATE.test(title) || sections.some((inner) => /^(?:go|decision) criteria$/i.test(inner.title))

/**
 * A go/no-go section as one decision: what must hold and what must not are criteria to confirm, who speaks in the
 * meeting approves, what follows a NO-GO is its help.
 */
export function gateStep(section: Section, people: DraftPeople, context: StepContext): DraftStep {
  const { ledger } = context
  const id = context.newId('go')
  const bare = withoutNumber(section.title)
  const title = (timeIn(bare, context)?.rest ?? bare).replace(/\s*decision$/i, '')
  const criteria: { confirm: string; id: string; by?: string }[] = []
  const approvers = new Set<string>()
  const afterNoGo: string[] = []
  for (const { label, entries } of labelledLists(section)) {
    for (const entry of entries) {
      const found = foundKind(entry)
      const pair = pairIn(entry.text)
      if (/^if (?:the decision is )?no-?\s?go/i.test(label)) {
        afterNoGo.push(entry.text)
        ledger.place(found, entry.line, { as: 'help of the decision', where: id })
      } else if (entry.kind !== 'task' && pair !== undefined && pair.name.split(' ').length < 4) {
        approvers.add(addRole(people, pair.name))
        ledger.place(found, entry.line, { as: 'approver', where: id })
      } else {
        const confirm = /no-?\s?go/i.test(label) ? `Not so: ${entry.text}` : entry.text
        const criterion = context.newId(confirm)
        criteria.push({ confirm, id: criterion })
        ledger.place(found, entry.line, { as: 'criterion', where: `${id}/${criterion}` })
      }
    }
  }
  const said = allSections(section).flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.kind === 'paragraph' && labelIn(block.text) === undefined && !/^\*\*Decision/i.test(block.text)
        ? [block.text]
        : [],
    ),
  )
  const help = [...said, ...(afterNoGo.length > 0 ? [`After NO-GO: ${afterNoGo.join('; ')}.`] : [])]
  if (approvers.size === 0) approvers.add(addRole(people, [...people.roles.values()][0] ?? 'Lead'))
  return {
    id,
    line: section.line,
    document: {
      decide: title === '' ? 'Go or no-go?' : title,
      approvers: Object.fromEntries([...approvers].map((role) => [role, 1])),
      ...(criteria.length > 0 ? { criteria } : {}),
      no_go: 'postpone',
      ...(help.length > 0 ? { help: help.join('\n\n') } : {}),
    },
  }
}
