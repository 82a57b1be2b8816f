import { mkdirSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where one local installation keeps everything. */
export interface LocalFolder {
  readonly path: string
  /** Of the embedded servers. */
  readonly databases: string
  /** Passwords and bindings, readable by this user only. */
  readonly secrets: string
  readonly logs: string
  readonly spools: string
}

/** A fresh one below the system's temporary directory. */
export async function makeTemporaryFolder(name: string): Promise<LocalFolder> {
  return openFolder(await mkdtemp(join(tmpdir(), `${name}-`)))
}

/** One that may have been used before; what lies there is kept. */
export async function openFolder(path: string): Promise<LocalFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  // PostgreSQL refuses to run as root; as nobody it must get through here to its own folders, and sees nothing else.
  await chmod(path, process.getuid?.() === 0 ? 0o711 : 0o700)
  const below = (name: string): string => {
    const folder = join(path, name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  }
  return {
    path,
    databases: join(path, 'databases'),
    secrets: below('secrets'),
    logs: below('logs'),
    spools: below('spools'),
  }
}

/** At once, so that it can be the last thing that a process does. */
export function removeFolder({ path }: LocalFolder): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}
