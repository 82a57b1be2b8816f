import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HELPERS } from '../../src/templates/helpers.ts'
import { NoticeContext } from '../../src/templates/notice-context.ts'
import { SECTIONS } from '../../src/templates/template-file.ts'

const page = readFileSync(new URL('../../docs/notices.md', import.meta.url), 'utf8')

test('docs/notices.md names every value at the top of the context, every helper and every section', () => {
  const wanted = [
    ...Object.keys(NoticeContext.shape).map((name) => `\`${name}\``),
    ...Object.keys(HELPERS).map((name) => `{{${name} `),
    ...SECTIONS.map((name) => `--- ${name}`),
  ]

  expect(wanted.filter((one) => !page.includes(one))).toEqual([])
})
