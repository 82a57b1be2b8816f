import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { validateFile } from '../../src/cli/validations.ts'
import type { Runbook } from '../../src/runbook/runbook.ts'
import { filesBelow, isThere, read, ROOT } from './files.ts'
import { namesIn, writtenSteps } from './runbook-names.ts'

/** Each page below docs/runbooks maps what a team had written down before to one runbook. */
const pages = filesBelow('docs/runbooks').filter((path) => path.endsWith('.md'))

interface Row {
  /** Number of the source and the line in it. */
  readonly source: string
  readonly line: number
  readonly what: string
  readonly step: string
}

/** Rows as `| 003:12-14 | a few words | ids |`. */
const rowsOf = (page: string): readonly Row[] =>
  read(page)
    .split('\n')
    .flatMap((written) => {
      const cells = /^\| *(\d{3}):(\d+)(?:[-,\d]*) *\|(.*)\|([^|]*)\|$/.exec(written)
      if (cells === null) return []
      const [, source = '', line = '', what = '', step = ''] = cells
      return [{ source, line: Number(line), what: what.trim(), step: step.trim() }]
    })

/** Lines of the section "Not in the seed", as `` - `id`, `id`: why``. */
function notInTheSeed(page: string): readonly string[] {
  const [, section = ''] = read(page).split('\n## Not in the seed\n')
  return section
    .split('\n')
    .filter((line) => /^- (?:`[^`]+`(?:, )?)+: \S/.test(line))
    .flatMap((line) => quotedIn(line.slice(0, line.indexOf(': '))))
}

const quotedIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, id = '']) => id)

function runbookOf(page: string): Runbook {
  const { runbook } = validateFile(join(ROOT, 'runbooks', `${basename(page, '.md')}.yaml`))
  if (runbook === undefined) throw new Error(`the runbook of ${page} has errors`)
  return runbook
}

const hasNoStep = ({ step }: Row): boolean => step.startsWith('—')

it('every runbook has a map, and docs/runbooks.md leads to it', () => {
  const runbooks = filesBelow('runbooks').filter((path) => /^runbooks\/[^/]+\.yaml$/.test(path))
  const wanted = runbooks.map((path) => `docs/runbooks/${basename(path, '.yaml')}.md`)
  const index = read('docs/runbooks.md')

  expect(wanted.filter((page) => !isThere(page))).toEqual([])
  expect(wanted.filter((page) => !index.includes(`](runbooks/${basename(page)})`))).toEqual([])
})

describe.each(pages)('%s', (page) => {
  const rows = rowsOf(page)
  const extra = notInTheSeed(page)
  const runbook = runbookOf(page)

  it('maps in reading order, one source, with words of its own', () => {
    expect(rows).not.toEqual([])
    expect(new Set(rows.map(({ source }) => source)).size).toBe(1)
    expect(rows.map(({ line }) => line)).toEqual(rows.map(({ line }) => line).toSorted((a, b) => a - b))
    expect(rows.filter(({ what }) => what === '')).toEqual([])
  })

  it('gives each item a step, or says why it has none', () => {
    expect(
      rows.filter((row) => (hasNoStep(row) ? !/^— \S/.test(row.step) : quotedIn(row.step).length === 0)),
    ).toEqual([])
  })

  it('names only what is in the runbook', () => {
    const names = namesIn(runbook)
    const written = [...rows.filter((row) => !hasNoStep(row)).flatMap(({ step }) => quotedIn(step)), ...extra]

    expect(written.filter((name) => !names.has(name))).toEqual([])
  })

  it('accounts for every step of the runbook', () => {
    const mapped = new Set([...rows.flatMap(({ step }) => quotedIn(step)), ...extra])

    expect(writtenSteps(runbook).filter((id) => !mapped.has(id))).toEqual([])
  })
})
