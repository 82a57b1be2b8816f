import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cutoverProgram } from '../../src/cli/program.ts'
import { cliPage, GROUPS } from './cli-page.ts'
import { silentTerminal, visibleCommands } from './commands.ts'
import { isThere, pages, read } from './files.ts'

const program = cutoverProgram(silentTerminal)
const commands = visibleCommands(program)
const events = read('src/domain/events.ts')
const topLevel = commands.filter(({ path }) => !path.includes(' ')).map(({ path }) => path)

describe('the documents', () => {
  it('docs/cli.md is made from the command, by `vitest -u`', async () => {
    expect(GROUPS.flatMap(({ names }) => names).sort()).toEqual([...topLevel].sort())
    await expect(cliPage(program)).toMatchFileSnapshot('../../docs/cli.md')
  })

  it('README.md names every command', () => {
    const readme = read('README.md')

    expect(topLevel.filter((name) => !new RegExp(`\`(cutover )?${name}[\` ]`).test(readme))).toEqual([])
  })

  it.each(pages())('%s names only commands that there are', (page) => {
    const named = [...read(page).matchAll(/`cutover ([a-z][a-z-]*)/g)].map((match) => match[1] ?? '')

    expect(named.filter((name) => !topLevel.includes(name) && !events.includes(`'cutover ${name}'`))).toEqual(
      [],
    )
  })

  it.each(pages())('%s names only files that there are', (page) => {
    const text = read(page)
    const links = [...text.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      (match) => join(dirname(page), match[1] ?? ''),
    )
    const paths = [...text.matchAll(/`((?:src|test|docs|bench|runbooks|tools)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? '',
    )

    // `NAME` stands for whatever the reader writes.
    const named = [...links, ...paths].filter((path) => !/\bNAME\b/.test(path))
    expect(named.filter((path) => !isThere(path))).toEqual([])
  })

  it('docs/README.md lists every page of docs', () => {
    const index = read('docs/README.md')
    const others = pages().filter((page) => dirname(page) === 'docs' && page !== 'docs/README.md')

    expect(others.filter((page) => !index.includes(`](${page.slice('docs/'.length)})`))).toEqual([])
  })

  it('README.md and ARCHITECTURE.md stay short', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(120)
    expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(260)
  })
})

describe('the nine promises of ARCHITECTURE.md', () => {
  const section = /## The nine promises\n([\s\S]*?)\n## /.exec(read('ARCHITECTURE.md'))?.[1] ?? ''
  const rows = section.split('\n').filter((line) => /^\| \d/.test(line))

  it('are nine', () => {
    expect(rows.map((row) => Number(/\d/.exec(row)?.[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it.each(rows)('%s', (row) => {
    const tests = [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map((match) => match[1] ?? '')

    expect(tests).not.toEqual([])
    expect(tests.filter((path) => !isThere(path))).toEqual([])
  })
})
