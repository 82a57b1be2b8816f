/** Text for Slack's mrkdwn: what a value may not do, and how long a text may be. */

/** A mrkdwn text object takes 3,000 characters, and one notice is one of them. */
export const SLACK_TEXT_MAX = 3_000

const LOOKALIKES: { readonly [character: string]: string } = { '*': '\u2217', '`': '\u02CB', '~': '\u223C' }

/** Escapes what Slack gives a meaning in `<…>` and `&…;`, and nothing else. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * A value that came from outside: it cannot mention, link or format, whatever stands around it. mrkdwn has no
 * escape for its formatting characters, so they become letters that look the same; an underscore inside a word
 * formats nothing and stays. The word joiner keeps `@channel` from being read as a mention.
 */
export function slackValue(value: string): string {
  return escapeSlack(value)
    .replaceAll(/[*`~]/g, (character) => LOOKALIKES[character] ?? character)
    .replaceAll(/(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])/gu, '\u02CD')
    .replaceAll(/@(?=(?:channel|here|everyone)\b)/gi, '@\u2060')
}

/**
 * Cuts at the end of a line where there is one late enough, never inside `<…>`, an entity or a surrogate pair,
 * and says that it did.
 */
export function cutForSlack(text: string, limit: number = SLACK_TEXT_MAX): string {
  if (text.length <= limit) return text
  const note = `\n… (cut here: ${text.length.toLocaleString('en-US')} characters, Slack takes ${limit.toLocaleString('en-US')})`
  const room = limit - note.length
  const lineEnd = text.lastIndexOf('\n', room)
  const end = lineEnd > room * 0.8 ? lineEnd : wholeBefore(text, room)
  return text.slice(0, end).trimEnd() + note
}

function wholeBefore(text: string, wanted: number): number {
  let end = wanted
  const opened = text.lastIndexOf('<', end - 1)
  if (opened >= 0 && text.lastIndexOf('>', end - 1) < opened) end = opened
  const entity = /&[a-z]*$/.exec(text.slice(0, end))
  if (entity !== null) end = entity.index
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
