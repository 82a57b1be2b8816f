import type { EventType, Recorded } from '../domain/events.ts'

/** A place in the record that it can be held to: the position of an event, and its hash (64 hex digits). */
export interface Anchor {
  readonly position: number
  readonly hash: string
}

/** The event that stands there, too. */
export interface AnchoredEvent extends Anchor {
  readonly event: Recorded
}

/** What somebody holds a record to; with a hash alone, any event may have it. */
export interface ExpectedHead {
  readonly head: string
  readonly position?: number
}

/** Events whose hash is posted where nobody can take it back: each decision, and each end. */
export const ANCHORED: readonly EventType[] = [
  'gate decided',
  'cutover guarded',
  'cutover closed',
  'cutover abandoned',
]
export const ENDS: readonly EventType[] = ['cutover guarded', 'cutover closed', 'cutover abandoned']

/** `118:7be1…`, in full: as it is posted, and as `cutover verify --head` takes it. */
export const anchorText = ({ position, hash }: Anchor): string => `${position}:${hash}`

const HEAD = /^(?:([1-9]\d{0,8}):)?([0-9a-f]{64})$/
const ABBREVIATED = /^(?:\d+:)?[0-9a-f]*(?:…|\.{2,})?[0-9a-f]*$/

/** Reads `HASH` or `POSITION:HASH`; a sentence when it is neither. */
export function parseHead(written: string): ExpectedHead | { readonly problem: string } {
  const text = written.trim().toLowerCase()
  const [, position, head] = HEAD.exec(text) ?? []
  if (head !== undefined) return { head, ...(position === undefined ? {} : { position: Number(position) }) }
  const shown = text.length > 100 ? `${text.slice(0, 99)}…` : text
  const problem = ABBREVIATED.test(text)
    ? `“${shown}” is not a whole hash, and a part of one proves nothing.`
    : `“${shown}” is no hash of the record.`
  return {
    problem: `${problem} Give all 64 digits as they were posted, as HASH or POSITION:HASH. Nothing was checked.`,
  }
}
