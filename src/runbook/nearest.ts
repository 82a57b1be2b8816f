import { distance } from 'fastest-levenshtein'

/** The known word that was probably meant; none when nothing is close. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const lower = word.toLowerCase()
  const candidates = [...known].map((name) => ({ name, apart: distance(lower, name.toLowerCase()) }))
  const best = candidates.toSorted((a, b) => a.apart - b.apart)[0]
  const allowed = Math.max(1, Math.ceil(word.length / 3))
  return best !== undefined && best.apart <= allowed ? best.name : undefined
}

/** `did you mean "x"?`, or what there is to choose from. */
export function suggestion(word: string, known: Iterable<string>): string {
  const names = [...known]
  const meant = nearest(word, names)
  if (meant !== undefined) return `Did you mean "${meant}"?`
  return names.length > 0 ? `Known here: ${names.join(', ')}.` : 'There is none here.'
}
