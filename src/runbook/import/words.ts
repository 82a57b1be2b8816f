import { slug } from '../slug.ts'
import { nearest } from '../nearest.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'

/** `#### 2.1 Create Full Backup`, `Step 3: Apply`, `A. Checklist`: the title without its number. */
export const withoutNumber = (title: string): string =>
  title
    .replace(/^(?:step|phase|part|section)\s+\d+(?:\.\d+)*\s*[:.–—-]\s*/i, '')
    .replace(/^\d+(?:\.\d+)*[.):]?\s+/, '')
    .replace(/^[A-Z]\.\s+/, '')
    .replace(/:$/, '')
    .trim()

/** A paragraph that only names what follows: `**Send to:**`, `If NO-GO:`. */
export const labelIn = (paragraph: string): string | undefined => {
  const [line = '', ...more] = paragraph.trim().split('\n')
  if (more.length > 0) return undefined
  const match = /^(\*\*[^*]+\*\*:?|[^.]{2,80}:)\s*$/.exec(line)
  return match === null ? undefined : line.replaceAll('**', '').replace(/:\s*$/, '').trim()
}

/** `**Name:** value`, `Name: value`. */
export function pairIn(text: string): { readonly name: string; readonly value: string } | undefined {
  const match = /^\*{0,2}([^*:\n]{2,60}?)\*{0,2}:\*{0,2}\s+(\S[\s\S]*)$/.exec(text.trim())
  return match === null ? undefined : { name: (match[1] ?? '').trim(), value: (match[2] ?? '').trim() }
}

/** `Location: ____`, `Time: T+__`, `DBA on-call: ____ (phone: ___)`: names of what is to be filled in. */
export function blanksIn(text: string): readonly string[] {
  if (/[✓✔]\s*\/\s*[✗✘]|PASS\s*\/\s*FAIL/i.test(text)) return [text.split(':')[0]?.trim() ?? '']
  return [...text.matchAll(/([\p{L}][\p{L}\p{N} ()/-]*?):?\s*\(?(?:T\+)?_{2,}/gu)].map((match) =>
    (match[1] ?? '').replaceAll(/[()]/g, ' ').replaceAll(/\s+/g, ' ').trim(),
  )
}

/** Ids that are free, each handed out once. */
export function makeIds(reserved: readonly string[]) {
  const taken = new Set(reserved)
  return (title: string): string => {
    const base = shortened(slug(title)) || 'step'
    for (let number = 1; ; number += 1) {
      const id = number === 1 ? base : `${base}-${number}`
      if (taken.has(id)) continue
      taken.add(id)
      return id
    }
  }
}

const ID_MOST = 36

/** Cut between words. */
const shortened = (id: string): string =>
  id.length <= ID_MOST ? id : id.slice(0, ID_MOST + 1).replace(/-[^-]*$/, '')

/** Words that carry meaning, small and in the singular, to find what is said twice. */
export const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .toLowerCase()
      .replaceAll(/\([^)]*\)/g, ' ')
      .split(/[^\p{L}\p{N}]+/u)
      .map((word) => word.replace(/(?:ing|s|ation)$/, ''))
      .filter(
        (word) => word.length > 1 && !['the', 'and', 'for', 'of', 'on', 'to', 'in', 'all'].includes(word),
      ),
  )

/** How much of the shorter text stands in the other, 0 to 1. */
export function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shorter = Math.min(a.size, b.size)
  return shorter === 0 ? 0 : [...a].filter((word) => b.has(word)).length / shorter
}

/** The role that a text names, by its title or the nearest to it. */
export function roleIn(text: string, titles: ReadonlyMap<string, string>): string | undefined {
  const small = text.toLowerCase()
  const named = [...titles].find(([, title]) => small.includes(title.toLowerCase()))
  if (named !== undefined) return named[0]
  const guess = nearest(slug(text), [...titles.keys()])
  return guess
}

/** Lines of all paragraphs, without marks, for `Owner: …` wherever it stands. */
export const plainLines = (root: Section): readonly string[] =>
  allSections(root).flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.kind === 'paragraph' ? block.text.split('\n').map((line) => line.trim()) : [],
    ),
  )
