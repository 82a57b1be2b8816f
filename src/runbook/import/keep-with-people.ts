import type { Finding } from '../finding.ts'
import type { DraftRunbook } from './assemble.ts'
import type { DraftStep } from './draft-step.ts'
import { helpWith } from './fences.ts'

/** Steps of machines that the errors are about become steps of people, each with its command and the reason. */
export function keepWithPeople(
  draft: DraftRunbook,
  yaml: string,
  findings: readonly Finding[],
): {
  readonly draft: DraftRunbook
  readonly steps: readonly { readonly id: string; readonly line: number; readonly finding: Finding }[]
} {
  const wrong = new Map<string, Finding>()
  for (const finding of findings.filter(({ severity }) => severity === 'error')) {
    const id = finding.file.endsWith('.yaml') ? stepAt(yaml, finding.line) : draft.stepNaming(finding.file)
    if (id !== undefined && !wrong.has(id)) wrong.set(id, finding)
  }
  const steps: { id: string; line: number; finding: Finding }[] = []
  const kept = draft.withSteps((step) => {
    const finding = wrong.get(step.id)
    if (finding === undefined || step.command === undefined) return step
    steps.push({ id: step.id, line: step.line, finding })
    return ofPerson(step, step.command.text, finding)
  })
  return { draft: kept, steps }
}

function ofPerson({ id, line, document }: DraftStep, command: string, finding: Finding): DraftStep {
  const title = Object.values(document)[0] ?? id
  const at = document['at']
  const before = typeof document['help'] === 'string' ? `${document['help']}\n\n` : ''
  const why = `By hand, because of this in the command: ${finding.message}. ${finding.hint}`
  return {
    id,
    line,
    document: { do: title, ...(at === undefined ? {} : { at }), help: `${before}${helpWith(command, why)}` },
  }
}

/** The id of the step that a line of the draft belongs to: the first `id:` at or below the line that begins it. */
function stepAt(yaml: string, line: number): string | undefined {
  const lines = yaml.split('\n')
  const begins = /^\s*- (?:do|check|run|decide|tell|watch): /
  let start = line - 1
  while (start > 0 && !begins.test(lines[start] ?? '')) start -= 1
  const found = lines.slice(start, start + 12).find((text) => /^\s+id: /.test(text))
  return found?.replace(/^\s+id: /, '').trim()
}
