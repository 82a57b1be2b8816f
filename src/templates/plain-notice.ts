import { cutForSlack, escapeSlack } from './slack-text.ts'

/** A text that a person wrote, as a medium takes it: nothing in it mentions or formats. */
export function plainNotice(
  text: string,
  medium: 'slack' | 'text',
  { rehearsalOn }: { readonly rehearsalOn: string | null },
): { readonly text: string } {
  const tidy = text.trim()
  if (medium === 'text') {
    const mark = rehearsalOn === null ? '' : `REHEARSAL on ${rehearsalOn}: nothing here is live.\n\n`
    return { text: mark + withoutMark(tidy) }
  }
  const mark =
    rehearsalOn === null ? '' : `*REHEARSAL* on ${escapeSlack(rehearsalOn)}: nothing here is live.\n`
  return { text: cutForSlack(mark + escapeSlack(withoutMark(tidy))) }
}

/** Who edits a draft gets its mark to edit, too; it is not said twice. */
const withoutMark = (text: string): string => text.replace(/^REHEARSAL on [^\n]*\n\s*/, '')
