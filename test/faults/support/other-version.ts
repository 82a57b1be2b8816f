import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The product as another version of it: what is compiled, in a folder of its own, with a few lines changed. */
export interface OtherVersion {
  /** Its `cli/main.js`. */
  readonly main: string
  readonly version: string
  readonly remove: () => void
}

export interface Differences {
  /** A compiled file below `dist`, what stands in it, and what stands there in the other version. */
  readonly changes?: readonly { readonly file: string; readonly from: string | RegExp; readonly to: string }[]
  /** A migration of the log that the other version does not have yet. */
  readonly lacks?: string
}

export function otherVersion(version: string, { changes = [], lacks }: Differences = {}): OtherVersion {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-other-version-'))
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'src/postgres/migrations'), join(folder, 'src/postgres/migrations'), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const described = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...described, version }))
  if (lacks !== undefined) rmSync(join(folder, 'src/postgres/migrations', lacks))
  for (const { file, from, to } of changes) change(join(folder, 'dist', file), from, to)
  return {
    main: join(folder, 'dist/cli/main.js'),
    version,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function change(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8')
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${file} has no ${String(from)}`)
  writeFileSync(file, changed)
}
