import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findAction } from '../dist/actions/catalogue.js'

/** One action in a process of its own: `node restore-child.mjs NAME INPUT ATTEMPT` prints {ms, facts}. */
const [name, input, attempt] = process.argv.slice(2)
const prepared = findAction(name)?.prepare(JSON.parse(input))
if (!prepared?.ok) throw new Error(`${name}: ${prepared?.problems.join('; ') ?? 'no such action'}`)

const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-attempt-'))
const began = performance.now()
try {
  const { facts } = await prepared.action.run({
    attempt,
    folder,
    files: folder,
    environment: process.env,
    progress: () => undefined,
    log: () => undefined,
    signal: new AbortController().signal,
  })
  process.stdout.write(JSON.stringify({ ms: performance.now() - began, facts }))
} finally {
  await rm(folder, { recursive: true, force: true })
}
