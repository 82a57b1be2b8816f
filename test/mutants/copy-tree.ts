import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Mutant } from './mutants.ts'

/** What is made anew there, or is linked. */
const LEFT_OUT = ['node_modules', 'dist', 'out', '.git', 'test-results']

/** A tree of its own below the temporary folder, with the same packages: what is broken there harms nobody. */
export function copyTree(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'cutover-mutants-'))
  for (const entry of readdirSync(root)) {
    if (LEFT_OUT.includes(entry)) continue
    cpSync(join(root, entry), join(copy, entry), {
      recursive: true,
      filter: (path) => !LEFT_OUT.includes(basename(path)),
    })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Compiles what tests start as processes. */
export function build(tree: string): void {
  const run = (...args: readonly string[]) =>
    execFileSync(process.execPath, [...args], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
  // A mutant may break a type; what counts is what it does.
  try {
    run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck')
  } finally {
    run('tools/remove-stale-output.mjs', 'src', 'dist')
  }
}

/** How often the text of a mutant stands in its file. */
export const findings = (text: string, { search }: Pick<Mutant, 'search'>): number =>
  text.split(search).length - 1

/** Takes the guard away; gives what puts it back. Throws when its text is not there exactly once. */
export function mutate(tree: string, mutant: Mutant): () => void {
  const path = join(tree, mutant.file)
  const before = readFileSync(path, 'utf8')
  const found = findings(before, mutant)
  if (found !== 1) {
    throw new Error(
      `${mutant.id}: its text stands in ${mutant.file} ${found} times. Bring test/mutants/mutants.ts up to date; nothing was tried.`,
    )
  }
  // As a function: `$` means nothing special there.
  writeFileSync(
    path,
    before.replace(mutant.search, () => mutant.replacement),
  )
  return () => writeFileSync(path, before)
}
