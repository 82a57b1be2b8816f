import { execa } from 'execa'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const SAMPLE = fileURLToPath(new URL('../runbook/import/samples/clock-times.md', import.meta.url))

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-import-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const cutover = (...words: string[]) =>
  execa(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  })

describe('cutover import', () => {
  it('writes a draft that validates, counts what became what, and will not write over it', async () => {
    const first = await cutover('import', SAMPLE, '--to', 'drafts')
    const validated = await cutover('validate', 'drafts/billing-moves-to-the-new-cluster.yaml')
    const before = readFileSync(join(folder, 'drafts/billing-moves-to-the-new-cluster.yaml'), 'utf8')
    const second = await cutover('import', SAMPLE, '--to', 'drafts')

    expect(first).toMatchObject({ exitCode: 0 })
    expect(first.stdout).toContain('8 checkboxes')
    expect(first.stdout).toContain('32 of 33 pieces have a place; 1 became steps marked “Unplaced”.')
    expect(validated).toMatchObject({ exitCode: 0 })
    expect(second).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Nothing was written') })
    expect(readFileSync(join(folder, 'drafts/billing-moves-to-the-new-cluster.yaml'), 'utf8')).toBe(before)
  })

  it('says of each piece what it became, as JSON for a script', async () => {
    const { stdout } = await cutover('import', SAMPLE, '--to', 'as-json', '--json')
    const { pieces, files } = JSON.parse(stdout)

    expect(pieces).toHaveLength(33)
    expect(pieces[0]).toMatchObject({ found: 'table row', line: 12, as: 'role' })
    expect(files[0]).toBe(join('as-json', 'billing-moves-to-the-new-cluster.yaml'))
  })

  it('refuses what is no runbook, says why, and writes nothing', async () => {
    writeFileSync(join(folder, 'latin1.md'), Buffer.from([0x23, 0x20, 0xfc, 0x0a]))
    writeFileSync(join(folder, 'huge.md'), '- [ ] a step\n'.repeat(400_000))
    writeFileSync(join(folder, 'prose.md'), '# Tonight\n\nAnna does it.\n')
    const answers = await Promise.all(
      ['missing.md', 'latin1.md', 'huge.md', '.', 'prose.md'].map((file) =>
        cutover('import', file, '--to', 'refused'),
      ),
    )

    expect(answers.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [2, expect.stringContaining('There is no file missing.md')],
      [2, expect.stringContaining('Save it as UTF-8')],
      [2, expect.stringContaining('has 5.2 MB; a runbook has at most 1 MB')],
      [2, expect.stringContaining('is no file')],
      [2, expect.stringContaining('nothing to make steps of')],
    ])
    expect(await cutover('import', SAMPLE, '--to', 'draft.yaml')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('draft.yaml reads like a file'),
    })
    expect(readdirSync(folder)).not.toContain('refused')
  })
})
