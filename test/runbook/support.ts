import type { Finding } from '../../src/runbook/finding.ts'
import { resolvePlan } from '../../src/runbook/resolve/resolve-plan.ts'
import type { ToResolve } from '../../src/runbook/resolve/resolve-plan.ts'
import type { Runbook } from '../../src/runbook/runbook.ts'
import { validateRunbook } from '../../src/runbook/validate.ts'
import type { ToValidate } from '../../src/runbook/validate.ts'
import { CATALOGUE } from './catalogue.ts'

const HEAD = `language: 1
runbook: shop
title: The shop moves
owner: platform
window: { length: 60m, zone: Europe/Berlin }
roles:
  lead: { title: Lead, from: ["user:U1", "user:U2"] }
  observer: { title: Observer, from: ["user:U2", "user:U3"] }
audiences: { ops: { slack: "#ops" } }
vars:
  sqlite: { type: path, default: data/shop.db }
  folder: { type: path, default: backups }
  workers: { type: int, default: 4 }
secrets: [TARGET_URL]
targets:
  source: { sqlite: $sqlite }
  main: { postgres: $TARGET_URL, database: shop }
environments:
  production: { live: true, identity: { main: { database: shop } } }
  staging: {}
`

/** A small runbook in order: the given steps in one phase at T-0, and more of the head if given. */
export function runbookText(steps: string, more = ''): string {
  const body = steps.replaceAll(/^(?=.)/gm, '      ')
  return `${HEAD}${more}phases:\n  - phase: Migrate\n    at: T-0\n    steps:\n${body}\n`
}

export const withHead = (from: string, to: string, steps = '- do: Nothing'): string =>
  runbookText(steps).replace(from, to)

export type Files = Readonly<Record<string, string>>

function folderOf(files: Files, path: string) {
  const inside = Object.keys(files).filter((name) => name.startsWith(`${path}/`))
  return inside.length === 0 ? undefined : { folder: inside.map((name) => name.slice(path.length + 1)) }
}

export function validate(text: string | Uint8Array, files: Files = {}, more: Partial<ToValidate> = {}) {
  return validateRunbook({
    text,
    file: 'runbooks/shop.yaml',
    catalogue: CATALOGUE,
    readFile: (path) => files[path] ?? folderOf(files, path),
    ...more,
  })
}

export const findingsOf = (text: string, files: Files = {}): readonly Finding[] =>
  validate(text, files).findings

/** `code` and `line:col` of each finding. */
export const placesOf = (text: string, files: Files = {}): readonly string[] =>
  findingsOf(text, files).map(({ code, line, col }) => `${code} ${line}:${col}`)

export const codesOf = (text: string, files: Files = {}): readonly string[] =>
  findingsOf(text, files).map(({ code }) => code)

/** The one finding of that code. */
export function findingOf(code: string, text: string, files: Files = {}): Finding {
  const all = findingsOf(text, files)
  const [found] = all.filter((finding) => finding.code === code)
  if (!found) throw new Error(`No ${code} among ${JSON.stringify(all, null, 2)}`)
  return found
}

/** The line of the text that a finding points at, from its column on. */
export const pointedAt = (text: string, { line, col }: Finding): string =>
  (text.split('\n')[line - 1] ?? '').slice(col - 1)

export function openable(text: string, files: Files = {}): Runbook {
  const { runbook, findings } = validate(text, files)
  if (!runbook) throw new Error(`Not in order: ${JSON.stringify(findings, null, 2)}`)
  return runbook
}

export const resolve = (runbook: Runbook, more: Partial<ToResolve> = {}) =>
  resolvePlan({
    runbook,
    catalogue: CATALOGUE,
    environment: 'production',
    vars: {},
    people: (principal) => [principal.replace('user:', '')],
    cutover: { id: 'C7', stamp: '20261120-0231' },
    plannedStart: Date.parse('2026-11-20T22:30:00Z'),
    ...more,
  })

export function planOf(text: string, more: Partial<ToResolve> = {}, files: Files = {}) {
  const resolution = resolve(openable(text, files), more)
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.findings, null, 2))
  return resolution.plan
}
