import type { Import } from '../../runbook/import/import-runbook.ts'
import type { Placed } from '../../runbook/import/ledger.ts'

/** What an import made of a document: what became what, counted, and where the draft lies. */
export function importText({ pieces }: Import, written: readonly string[], each: boolean): string {
  const [draft = '', ...files] = written
  const kinds = [...new Set(pieces.map(({ found }) => found))]
  const lines = kinds.flatMap((kind) => {
    const own = pieces.filter(({ found }) => found === kind)
    const became = [...counted(own)].map(([as, count]) => `${count} ${as}`).join(', ')
    return [`${String(own.length).padStart(5)} ${plural(kind, own.length).padEnd(15)} → ${became}`]
  })
  const unplaced = pieces.filter(({ as }) => as === 'unplaced').length
  return [
    `${draft}${files.length > 0 ? ` and ${files.length} ${plural('file', files.length)} beside it` : ''}`,
    '',
    ...(lines.length > 0 ? lines : ['    Nothing was found that could become a step.']),
    '',
    unplaced === 0
      ? `${pieces.length} of ${pieces.length} pieces have a place.`
      : `${pieces.length - unplaced} of ${pieces.length} pieces have a place; ${unplaced} became steps marked “Unplaced”.`,
    ...(each ? ['', ...pieces.map(pieceLine)] : []),
  ].join('\n')
}

function counted(pieces: readonly Placed[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  // A command with several questions became several checks.
  for (const as of pieces.flatMap((piece) => piece.as.split(', '))) counts.set(as, (counts.get(as) ?? 0) + 1)
  return counts
}

const pieceLine = ({ found, line, text, as, where }: Placed): string => {
  const short = text.replaceAll(/\s+/g, ' ')
  const shown = short.length > 60 ? `${short.slice(0, 59)}…` : short
  return `${String(line).padStart(5)}  ${found.padEnd(14)} ${shown} → ${as}${where === '' ? '' : ` ${where}`}`
}

const plural = (word: string, count: number): string => {
  if (count === 1) return word
  return word === 'checkbox' ? 'checkboxes' : `${word}s`
}
