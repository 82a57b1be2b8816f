import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

const NOT_OURS = new Set(['node_modules', 'dist', '.git', 'out', '.cutover'])

/** Paths relative to the repository of all files below a folder, what is installed or built left out. */
export function filesBelow(folder = '.'): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : [relative('.', path)]
    })
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function isThere(path: string): boolean {
  return existsSync(join(ROOT, path))
}

/** The Markdown pages people read: at the top and in docs. */
export function pages(): string[] {
  return [...readdirSync(ROOT), ...filesBelow('docs')].filter((path) => path.endsWith('.md'))
}
