import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { makeMasker } from '../../src/process/mask.js'
import { openMaskedOutput } from '../../src/process/masked-output.js'
const folders = []
const masker = makeMasker([{ name: 'PASSWORD', value: 'correct-horse' }])
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
function aFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-output-'))
  folders.push(folder)
  return folder
}
function print(folder, text) {
  appendFileSync(join(folder, 'output.raw.log'), text)
}
function masked(folder) {
  return readFileSync(join(folder, 'output.masked.log'), 'utf8')
}
describe('the masked copy of an output', () => {
  it('follows what is printed, line by line, and ends with a digest of the file', async () => {
    const folder = aFolder()
    const output = await openMaskedOutput(folder, masker)
    expect(await output.advance()).toBe(true)
    print(folder, 'one\nthe password is correct-')
    await output.advance()
    expect(output.tail()).toEqual(['one'])
    print(folder, 'horse\nprompt: ')
    await output.advance()
    expect(output.tail()).toEqual(['one', 'the password is [masked]'])
    const digest = await output.finish()
    expect(masked(folder)).toBe('one\nthe password is [masked]\nprompt: \n')
    expect(digest).toEqual({
      sha256: createHash('sha256').update(masked(folder)).digest('hex'),
      bytes: masked(folder).length,
      lines: 3,
      rawBytes: 'one\nthe password is correct-horse\nprompt: '.length,
      omittedBytes: 0,
      omittedLines: 0,
    })
    expect(await output.finish()).toEqual(digest)
  })
  it('goes on where a killed worker stopped, whatever that one had written since it last saved', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z \r\n]{0,60}(correct-horse)?\n?$/), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.boolean()),
        async (pieces, killed) => {
          const limits = { headBytes: 120, tailBytes: 120 }
          const folder = aFolder()
          let output = await openMaskedOutput(folder, masker, limits)
          for (const piece of pieces) {
            print(folder, piece)
            await output.advance()
            if (killed.next().value !== true) continue
            appendFileSync(join(folder, 'output.masked.log'), 'half a li')
            output = await openMaskedOutput(folder, masker, limits)
          }
          const digest = await output.finish()
          const straight = aFolder()
          for (const piece of pieces) print(straight, piece)
          const whole = await openMaskedOutput(straight, masker, { headBytes: 1e6, tailBytes: 1e6 })
          expect(digest).toMatchObject({ lines: (await whole.finish()).lines })
          if (digest.omittedLines === 0) expect(masked(folder)).toBe(masked(straight))
          expect(output.tail()).toEqual(whole.tail())
          expect(masked(folder)).not.toContain('correct')
        },
      ),
      { numRuns: 60 },
    )
  })
  it('starts again when its files are gone or shorter than it remembers', async () => {
    const folder = aFolder()
    print(folder, 'one\ntwo\n')
    await (await openMaskedOutput(folder, masker)).advance()
    truncateSync(join(folder, 'output.masked.log'), 2)
    await (await openMaskedOutput(folder, masker)).finish()
    expect(masked(folder)).toBe('one\ntwo\n')
  })
  it('does not make the copy again once it is complete, also when the raw log is gone', async () => {
    const folder = aFolder()
    print(folder, 'one\n')
    const digest = await (await openMaskedOutput(folder, masker)).finish()
    rmSync(join(folder, 'output.raw.log'))
    const again = await openMaskedOutput(folder, masker)
    expect(await again.advance()).toBe(true)
    expect(await again.finish()).toEqual(digest)
    expect(again.tail()).toEqual(['one'])
    expect(masked(folder)).toBe('one\n')
  })
  it('keeps head and tail of a long output and says what is left out between them', async () => {
    const folder = aFolder()
    const output = await openMaskedOutput(folder, masker, { headBytes: 1_000, tailBytes: 1_000 })
    const lines = Array.from({ length: 2_000 }, (_, index) => `line ${String(index).padStart(5, '0')}`)
    for (let at = 0; at < lines.length; at += 40) {
      print(folder, `${lines.slice(at, at + 40).join('\n')}\n`)
      await output.advance()
    }
    const digest = await output.finish()
    const kept = masked(folder).trimEnd().split('\n')
    const gap = kept.findIndex((line) => line.startsWith('cutover: ['))
    expect(kept.slice(0, gap)).toEqual(lines.slice(0, gap))
    expect(kept.slice(gap + 1)).toEqual(lines.slice(gap + digest.omittedLines))
    expect(kept[gap]).toBe(
      `cutover: [${digest.omittedLines.toLocaleString('en-GB')} lines, ` +
        `${digest.omittedBytes.toLocaleString('en-GB')} bytes, are left out here]`,
    )
    expect(digest.lines).toBe(2_000)
    expect(masked(folder).length).toBeLessThan(2_100)
    expect(readdirSync(folder).sort()).toEqual(['output.masked.json', 'output.masked.log', 'output.raw.log'])
  })
  it('is empty for a command that printed nothing', async () => {
    const folder = aFolder()
    const digest = await (await openMaskedOutput(folder, masker)).finish()
    expect(digest).toMatchObject({ bytes: 0, lines: 0 })
    expect(existsSync(join(folder, 'output.masked.log'))).toBe(true)
  })
  it('takes in 300 MB, one line of 50 MB among them, with little memory', async () => {
    const folder = aFolder()
    const raw = join(folder, 'output.raw.log')
    const line = `${'0123456789 '.repeat(9)}\n`
    writeFileSync(raw, line.repeat(10_000))
    for (let copies = 0; copies < 125; copies += 1) appendFileSync(raw, line.repeat(10_000))
    for (let megabyte = 0; megabyte < 50; megabyte += 1) appendFileSync(raw, 'x'.repeat(1_048_576))
    for (let copies = 0; copies < 125; copies += 1) appendFileSync(raw, line.repeat(10_000))
    appendFileSync(raw, 'the end: correct-horse\n')
    const before = process.memoryUsage().rss
    let peak = before
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10)
    const output = await openMaskedOutput(folder, masker)
    const digest = await output.finish()
    clearInterval(watch)
    expect(digest.rawBytes).toBeGreaterThan(300_000_000)
    expect(digest.lines).toBe(2_510_001)
    expect(digest.bytes).toBeLessThanOrEqual(20_000_000)
    expect(output.tail().at(-1)).toBe('the end: [masked]')
    expect((peak - before) / 1_048_576).toBeLessThan(150)
    expect(execFileSync('tail', ['-n', '1', join(folder, 'output.masked.log')], { encoding: 'utf8' })).toBe(
      'the end: [masked]\n',
    )
  }, 60_000)
})
