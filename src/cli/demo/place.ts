import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LocalFolder } from '../local/folder.ts'

/** The demo's Ward OPS: its runbook, its files, and the program that starts and stops it. */
export interface Place {
  /** A copy of the runbook and of its files. */
  readonly runbooks: string
  /** Where the workers work and the service lives. */
  readonly home: string
  readonly sqlite: string
  readonly health: URL
  /** The variables that the runbook's steps give to `$service`. */
  readonly serviceEnvironment: Readonly<Record<string, string>>
}

export const RUNBOOK = 'ward-ops-postgres'
export const ENVIRONMENT = 'demo'
const SHIPPED_RUNBOOKS = fileURLToPath(new URL('../../../runbooks/', import.meta.url))
const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const SHIPPED_ADDRESS = 'http://127.0.0.1:18000/'

/** Lays everything out below `folder`; paths are those that the runbook's environment `demo` names. */
export function makePlace(folder: LocalFolder, port: number): Place {
  const home = join(folder.path, 'ward-ops')
  const runbooks = join(folder.path, 'runbooks')
  for (const below of ['data', 'log', 'backups'])
    mkdirSync(join(home, below), { recursive: true, mode: 0o700 })
  // Of the others nothing is played, and each has a pool that would want a worker.
  for (const name of ['ward-ops.yaml', 'ward-ops'])
    cpSync(join(SHIPPED_RUNBOOKS, name), join(runbooks, name), { recursive: true })
  const file = join(runbooks, 'ward-ops.yaml')
  // The one thing that may differ from machine to machine: something else may listen on that port.
  const address = `http://127.0.0.1:${port}/`
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(SHIPPED_ADDRESS, address))
  const program = join(home, 'ward-ops-service')
  writeFileSync(program, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(MAIN)} demo-service "$@"\n`, {
    mode: 0o700,
  })
  const health = new URL('/api/v1/health', address)
  const sqlite = join(home, 'data', 'ward_ops.db')
  return {
    runbooks,
    home,
    sqlite,
    health,
    serviceEnvironment: {
      CUTOVER_VAR_HEALTH: health.href,
      CUTOVER_VAR_SQLITE: sqlite,
      CUTOVER_VAR_APP_LOG: join(home, 'log', 'api.log'),
    },
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** The app manifest of the product, as a real workspace would install it. */
export function shippedManifest(): unknown {
  const file = fileURLToPath(new URL('../../../slack-manifest.json', import.meta.url))
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
