import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** One token per `serve`, kept 0600 in the user's configuration folder. */
export interface LoginFile {
  token(url: string): string | null
  save(url: string, token: string): void
}

export function loginFile(environment: Readonly<Record<string, string | undefined>>): LoginFile {
  const base = environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config')
  const path = join(base, 'cutover', 'logins.json')

  function read(): Record<string, string> {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
    } catch {
      return {}
    }
  }

  return {
    token: (url) => read()[url] ?? null,
    save(url, token) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const draft = `${path}.${process.pid}`
      writeFileSync(draft, JSON.stringify({ ...read(), [url]: token }), { mode: 0o600 })
      renameSync(draft, path)
    },
  }
}
