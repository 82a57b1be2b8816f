import { describe, expect, it } from 'vitest'
import { Environment } from '../../src/cli/config.ts'
import { read } from './files.ts'

interface Setting {
  readonly name: string
  readonly description: string
  /** What counts when it is not set; empty if nothing does. */
  readonly fallback: string
}

const SETTINGS: readonly Setting[] = Object.entries(Environment.shape).map(([name, type]) => ({
  name,
  description: type.description ?? '',
  fallback: String(type.safeParse(undefined).data ?? ''),
}))

const namesIn = (text: string) => [...new Set(text.match(/\bCUTOVER_[A-Z_]+[A-Z]\b/g))].sort()
const known = SETTINGS.map(({ name }) => name).sort()

describe('the settings', () => {
  it('each have a description that ends as a sentence', () => {
    expect(SETTINGS.filter(({ description }) => !/^\S.*\.$/.test(description))).toEqual([])
  })

  it('stand in .env.example, each below its description and with its default, and no others', () => {
    const example = read('.env.example')
    const wanted = SETTINGS.map(
      ({ name, description, fallback }) => `# ${description}\n#${name}=${fallback}\n`,
    )

    expect(wanted.filter((lines) => !example.includes(lines))).toEqual([])
    expect(namesIn(example)).toEqual(known)
  })

  it('stand in docs/configuration.md, each with its description and its default, and no others', () => {
    const page = read('docs/configuration.md')
    const wanted = SETTINGS.map(
      ({ name, description, fallback }) =>
        `| \`${name}\` | ${description} | ${fallback === '' ? '' : `\`${fallback}\``} |`,
    )

    expect(wanted.filter((line) => !page.includes(line.replace('|  |', '| |')))).toEqual([])
    expect(namesIn(page).filter((name) => !/^CUTOVER_(VAR|TARGET)_/.test(name))).toEqual(known)
  })
})
