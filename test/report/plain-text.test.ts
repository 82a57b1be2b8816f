import { describe, expect, it } from 'vitest'
import { namesOf, plainText } from '../../src/report/plain-text.ts'

const nameOf = namesOf([{ id: 'UANA', name: 'ana' }])

describe('a recorded text in a file', () => {
  it.each([
    ['confirmed by <@UANA>', 'confirmed by ana'],
    ['ask <@USTRANGER>', 'ask USTRANGER'],
    [
      'begins <!date^1795176360^{date_short_pretty} {time}|20 Nov 2026 12:06 UTC>.',
      'begins 20 Nov 2026 12:06 UTC.',
    ],
    ['<https://example.org/a|the plan>', 'the plan (https://example.org/a)'],
    ['a &lt; b &amp;&amp; c', 'a < b && c'],
    ['&amp;lt; stays what was written', '&lt; stays what was written'],
  ])('shows %j as people read it', (text, expected) => {
    expect(plainText(text, nameOf)).toBe(expected)
  })
})
