import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { findAction } from '../dist/actions/catalogue.js'

/** One action in a process of its own: `node backup-child.mjs backup|test-restore URL PATH FORMAT [TOOLS]` prints {ms}. */
const [what, url, path, format, tools] = process.argv.slice(2)
const target = { kind: 'postgres', name: 'saved', url }
const inputs = {
  backup: { from: target, to: dirname(path), name: basename(path), format, ...(tools && { tools }) },
  'test-restore': { backup: path, target },
}
const prepared = findAction(`pg.${what}`)?.prepare(inputs[what])
if (!prepared?.ok) throw new Error(`no such run: ${what}`)

const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-attempt-'))
const began = performance.now()
try {
  await prepared.action.run({
    attempt: 'bench.backup.1',
    folder,
    files: folder,
    environment: process.env,
    progress: () => undefined,
    log: () => undefined,
    signal: new AbortController().signal,
  })
  process.stdout.write(JSON.stringify({ ms: performance.now() - began }))
} finally {
  await rm(folder, { recursive: true, force: true })
}
