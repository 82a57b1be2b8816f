import { warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { JsonValue } from '../schema/primitives.ts'
import type { Fence } from './blocks.ts'
import type { DraftFile } from './draft-step.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import type { StepContext } from './steps.ts'
import { timeIn } from './times.ts'
import { labelIn, makeIds, pairIn, withoutNumber } from './words.ts'

export interface DraftNotice {
  readonly title: string
  readonly line: number
  readonly template: string
  /** As it stands in the Markdown. */
  readonly text: string
  readonly at?: JsonValue
  readonly when: 'planned' | 'at the end' | 'rolling back'
}

/** Templates of notices: each heading or label over a fenced text, with its subject. */
export function readNotices(
  section: Section,
  file: string,
  context: StepContext,
): { readonly notices: DraftNotice[]; readonly files: DraftFile[]; readonly findings: Finding[] } {
  const notices: DraftNotice[] = []
  const files: DraftFile[] = []
  const findings: Finding[] = []
  const newName = makeIds([])
  for (const inner of allSections(section)) {
    let title = inner === section ? '' : withoutNumber(inner.title)
    let subject: string | undefined
    for (const block of inner.blocks) {
      if (block.kind === 'paragraph') {
        const pair = pairIn(block.text)
        if (pair !== undefined && /^subject$/i.test(pair.name)) subject = pair.value
        else if (!/^\W*(?:body|text)\W*$/i.test(block.text)) title = labelIn(block.text) ?? title
      }
      if (block.kind !== 'fence') continue
      const notice = noticeOf(title, block, newName, context)
      const read = templateText(block.text, subject, { file, line: block.line })
      findings.push(...read.findings)
      files.push({ path: notice.template, text: read.text })
      notices.push(notice)
      context.ledger.place('command', block.line, { as: 'notice', where: notice.template })
      subject = undefined
    }
  }
  return { notices, files, findings }
}

function noticeOf(
  title: string,
  { line, text }: Fence,
  newName: (title: string) => string,
  context: StepContext,
): DraftNotice {
  const time = timeIn(title, context)
  const bare = title.replace(/^T\+complete:?\s*/i, '') || 'Notice'
  const name = time?.rest === undefined || time.rest === '' ? bare : time.rest
  const when = whenOf(title)
  return {
    title: name,
    line,
    text,
    template: `${context.folder}/${newName(name)}.hbs`,
    when,
    ...(time === undefined || when !== 'planned' ? {} : { at: time.at }),
  }
}

function whenOf(title: string): DraftNotice['when'] {
  if (/roll(?:ed)?.?back|extended/i.test(title)) return 'rolling back'
  return /complet|restored|finished|\bdone\b|back online/i.test(title) ? 'at the end' : 'planned'
}

/** `[DATE]`, `<time>`, `[START TIME]`: what the bot knows is filled in, the rest stays and is told. */
function templateText(
  body: string,
  subject: string | undefined,
  spot: { readonly file: string; readonly line: number },
): { readonly text: string; readonly findings: Finding[] } {
  const findings: Finding[] = []
  const fill = (text: string): string =>
    text.replaceAll(PLACEHOLDER, (written, ...groups: unknown[]) => {
      const at = groups.findIndex((group) => typeof group === 'number')
      const offset = Number(groups[at])
      const name = written.slice(1, -1)
      const value = valueOf(name, text.slice(0, offset), text.slice(offset + written.length))
      if (value !== undefined) return value
      findings.push(
        warningAt(
          { ...spot, col: 1 },
          {
            code: 'unknown-placeholder',
            message: `nobody can tell what ${written} stands for`,
            hint: 'Write the words themselves, or one of the values in docs/notices.md.',
          },
        ),
      )
      return written
    })
  const lines = body.split('\n').map(fill).join('\n')
  const head = `---\nsubject: ${fill(subject ?? body.split('\n')[0]?.slice(0, 80) ?? 'Notice')}\n---\n`
  return { text: `${head}${lines}\n`, findings }
}

const PLACEHOLDER = /\[[A-Za-z][^\]\n]*\]|<[a-z][\w -]*>/g

function valueOf(placeholder: string, before: string, after: string): string | undefined {
  const name = placeholder.toUpperCase().trim()
  if (/^(?:MIGRATION )?LEAD$/.test(name)) return '{{person lead}}'
  if (name.endsWith('ZONE')) return '{{window.zone}}'
  if (name === 'DATE') return '{{time planned.start show="date"}}'
  if (/^(?:START|BEGIN)\w*(?: TIME)?$/.test(name)) return '{{time planned.start}}'
  if (/^(?:END|COMPLETION)(?: TIME)?$/.test(name)) return '{{time planned.end}}'
  if (!name.endsWith('TIME')) return undefined
  if (/roll(?:ed)? back at $/i.test(before)) return '{{time now show="time"}}'
  const isEnd =
    /(?:\bby|until|complet\w*(?: time)?:?|back at|end(?:s|ing)?) $/i.test(before) ||
    /^\W{0,3}(?:expected )?(?:complet|system|restor|end)/i.test(after)
  return isEnd ? '{{time planned.end}}' : '{{time planned.start}}'
}
