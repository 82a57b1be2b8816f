/** Slack's own writing in a recorded text as a file shows it: names for mentions, the written time for a date. */
export function plainText(text: string, nameOf: (person: string) => string): string {
  return text
    .replaceAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g, (_, person: string) => nameOf(person))
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<(https?:[^|>]+)\|([^>]*)>/g, '$2 ($1)')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** Names of the people of a timeline, ids where nobody knows one. */
export function namesOf(people: readonly { readonly id: string; readonly name: string }[]) {
  const names = new Map(people.map(({ id, name }) => [id, name]))
  return (person: string): string => names.get(person) ?? person
}
