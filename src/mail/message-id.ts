import { createHash } from 'node:crypto'

/**
 * The Message-ID of a notice: the same key gives the same id, so that a mail program, or a person who looks,
 * can tell a repeated send from a second notice.
 */
export function messageIdOf(key: string, from: string): string {
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'cutover.invalid'
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@${domain}>`
}
