import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { best, seconds } from './measure.mjs'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const SAMPLE = new URL('../test/runbook/import/samples/clock-times.md', import.meta.url)

/** The largest real runbook that was tried has 28 KB and 1,300 lines. */
const BYTES = 28_000
const MOST_MS = 1000

/** `cutover import` of a runbook as large as the largest real one, as a command: Node's start is in it. */
export async function benchImport({ folder, rounds }) {
  const file = join(folder, 'runbook.md')
  await writeFile(file, await largeRunbook())
  const times = []
  for (let round = 0; round < rounds; round += 1) {
    const to = await mkdtemp(join(folder, 'import-'))
    const began = performance.now()
    await promisify(execFile)(process.execPath, [MAIN, 'import', file, '--to', to], { maxBuffer: 8_000_000 })
    times.push(performance.now() - began)
    await rm(to, { recursive: true })
  }
  const took = best(times)
  const holds = took < MOST_MS
  console.log(
    `${'cutover import, 28 KB of Markdown'.padEnd(39)}${seconds(took)} (less than 1 s) ${holds ? 'ok' : 'MISSED'}`,
  )
  return holds
}

/** The sample again and again under headings of its own. */
async function largeRunbook() {
  const [title = '', ...rest] = (await readFile(SAMPLE, 'utf8')).split('\n')
  let text = title
  for (let part = 1; text.length < BYTES; part += 1)
    text += `\n\n## Part ${part}\n${rest.join('\n').replaceAll(/^## /gm, `### ${part}: `)}`
  return text
}
