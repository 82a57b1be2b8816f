/**
 * Text as a person typed it, from the form in which Slack hands it on: references become the names they stand for,
 * and entities the characters they are. What comes out is plain and has to be escaped wherever it is shown.
 */
export function typedText(text: string): string {
  return text
    .replaceAll(/<([@#!])([^>|]*)(?:\|([^>]*))?>/g, (_, kind: string, id: string, name: string | undefined) =>
      nameOf(kind, id, name),
    )
    .replaceAll(/<([^>|]*)(?:\|([^>]*))?>/g, (_, link: string, label: string | undefined) => label ?? link)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function nameOf(kind: string, id: string, name: string | undefined): string {
  if (kind === '#') return `#${name ?? id}`
  if (kind === '@') return `@${name ?? id}`
  return name ?? `@${id.split('^')[0] ?? id}`
}
