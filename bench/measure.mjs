import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url))

/** Runs one measurement in a fresh process; see child.mjs. */
export async function child(what, file, url) {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, what, file, url], {
    maxBuffer: 64_000_000,
  })
  return JSON.parse(stdout)
}

export function best(values) {
  return Math.min(...values)
}

export function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`
}

export function ratio(label, value, holds, limit) {
  console.log(`${label.padEnd(39)}${value.toFixed(2)} (${limit}) ${holds ? 'ok' : 'MISSED'}`)
  return holds
}
