import type { Block, Entry } from './blocks.ts'
import type { Outline } from './outline.ts'
import { allSections } from './outline.ts'

export type FoundKind = 'checkbox' | 'numbered step' | 'bullet' | 'command' | 'table row'

/** Something in the Markdown that must not be lost. */
export interface Piece {
  readonly found: FoundKind
  readonly line: number
  readonly text: string
}

/** What a piece became: `do step`, `criterion`, `role`; `where` is an id in the draft, or empty. */
export interface Became {
  readonly as: string
  readonly where: string
}

export interface Placed extends Piece, Became {}

export interface Ledger {
  /** Says once and for all what the piece on this line became; the first word counts. */
  place(found: FoundKind, line: number, became: Became): void
  /** All pieces in reading order; what nobody placed has no `became`. */
  all(): readonly (Piece & { readonly became?: Became })[]
}

export function makeLedger(outline: Outline): Ledger {
  const pieces = piecesOf(outline)
  const places = new Map<string, Became>()
  const key = (found: FoundKind, line: number) => `${found} ${line}`
  return {
    place(found, line, became) {
      if (!places.has(key(found, line))) places.set(key(found, line), became)
    },
    all: () =>
      pieces.map((piece) => {
        const became = places.get(key(piece.found, piece.line))
        return became === undefined ? piece : { ...piece, became }
      }),
  }
}

export const foundKind = (entry: Entry): FoundKind =>
  entry.kind === 'task' ? 'checkbox' : entry.kind === 'numbered' ? 'numbered step' : 'bullet'

const piecesOf = ({ root }: Outline): Piece[] =>
  allSections(root).flatMap(({ blocks }) => blocks.flatMap(piecesIn))

function piecesIn(block: Block): Piece[] {
  if (block.kind === 'fence') return [{ found: 'command', line: block.line, text: block.text }]
  if (block.kind === 'table')
    return block.rows.map(({ cells, line }) => ({ found: 'table row', line, text: cells.join(' | ') }))
  if (block.kind === 'paragraph') return []
  return block.entries.flatMap((entry) => [
    { found: foundKind(entry), line: entry.line, text: entry.text },
    ...entry.blocks.flatMap(piecesIn),
  ])
}
