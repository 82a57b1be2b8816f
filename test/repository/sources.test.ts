import { describe, expect, it } from 'vitest'
import { filesBelow, read } from './files.ts'

const TEXT =
  /\.(ts|js|mjs|json|md|ya?ml|sql|sh|hbs|html|css)$|(^|\/)(Dockerfile|run|\.[a-z]+|\.env\.example)$/

const texts = filesBelow().filter((path) => TEXT.test(path) && path !== 'package-lock.json')
const code = texts.filter((path) => /\.(ts|js|mjs)$/.test(path))

/** `path:line` of every line that matches. */
function places(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  )
}

describe('the sources', () => {
  it('are found', () => {
    expect(texts.length).toBeGreaterThan(400)
  })

  it('name no folder of one machine', () => {
    expect(places(texts, /(?<![\w.~*])\/(root|work|Users|home)\/[\w.]/)).toEqual([])
  })

  it('export by name only', () => {
    const named = code.filter((path) => path !== 'vitest.config.ts')

    expect(places(named, /^export default\b/)).toEqual([])
  })

  it('run every test: none is singled out, none is put off', () => {
    const tests = code.filter((path) => path.startsWith('test/'))

    expect(places(tests, /\b(it|test|describe)\.(only|todo|fails)\b/)).toEqual([])
  })

  it('leave nothing to be done', () => {
    const marks = new RegExp(['TODO', 'FIXME', 'XXX'].map((mark) => `\\b${mark}\\b`).join('|'))
    const others = code.filter((path) => !path.endsWith('sources.test.ts'))

    expect(places(others, marks)).toEqual([])
  })
})
