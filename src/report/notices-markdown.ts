import { namesOf, plainText } from './plain-text.ts'
import type { Timeline } from './timeline.ts'

/** Every notice as it went out, or why it did not. */
export function noticesMarkdown({ cutover, notices, people }: Timeline): string {
  const head = `# Notices of ${cutover.title}`
  if (notices.length === 0) return `${head}\n\nNone was sent.\n`
  return `${[head, ...notices.map((notice) => noticeText(notice, namesOf(people)))].join('\n\n')}\n`
}

function noticeText(notice: Timeline['notices'][number], nameOf: (person: string) => string): string {
  const text = notice.medium === 'slack' ? plainText(notice.text, nameOf) : notice.text
  const sent = new Date(notice.at).toISOString()
  const refused = notice.rejected.map(({ address, reason }) => `\n- refused: ${address} (${reason})`).join('')
  return [
    `## ${notice.title} · ${notice.audience} by ${notice.medium}`,
    `${notice.failed === undefined ? 'Sent' : `Not sent (${notice.failed})`} ${sent} to ${notice.to.join(', ') || 'nobody'}${refused}`,
    ...(notice.subject === undefined ? [] : [`**${notice.subject}**`]),
    text
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n'),
  ].join('\n\n')
}
