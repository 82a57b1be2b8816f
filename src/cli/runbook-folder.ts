import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { catalogue } from '../actions/catalogue.ts'
import { stampOf } from '../app/attempt-work.ts'
import type { OpeningRequest, Runbooks, RunbookSummary } from '../app/open-cutover.ts'
import type { Directory } from '../app/ports.ts'
import { nextUsualStart } from '../app/usual-start.ts'
import type { PersonId } from '../domain/plan.ts'
import { formatFindings, hasErrors } from '../runbook/finding.ts'
import { principalsOf, resolvePlan } from '../runbook/resolve/resolve-plan.ts'
import type { Runbook } from '../runbook/runbook.ts'
import type { Validation } from '../runbook/validate.ts'
import { makeValidations, type Validations } from './validations.ts'

/** The runbooks folder, read anew for each question, so that a mended file counts at once. */
export function makeRunbooks(
  folder: string,
  directory: Directory,
  validated: Validations = makeValidations(),
): Runbooks {
  function files(): { readonly file: string; readonly validation: Validation }[] {
    return runbooksIn(folder).map((name) => ({ file: name, validation: validated(join(folder, name)) }))
  }

  async function peopleOf(
    principals: readonly string[],
  ): Promise<(principal: string) => readonly PersonId[]> {
    const known = new Map<string, readonly PersonId[]>()
    for (const principal of principals) known.set(principal, await whoIs(principal, directory))
    return (principal) => known.get(principal) ?? []
  }

  return {
    async list() {
      const summaries: RunbookSummary[] = []
      for (const { file, validation } of files()) {
        const { runbook } = validation
        if (!runbook) summaries.push(broken(file, validation))
        else summaries.push(summaryOf(runbook, await peopleOf(principalsOf(runbook))))
      }
      return summaries
    },
    async resolve(request, { id, at }) {
      const found = files().find(({ validation }) => validation.runbook?.head.runbook === request.runbook)
      const runbook = found?.validation.runbook
      if (!runbook) return { ok: false, problems: [missing(request, files())] }
      const resolution = resolvePlan({
        runbook,
        catalogue: catalogue(),
        environment: request.environment,
        vars: request.vars,
        ...(request.choices === undefined ? {} : { choices: request.choices }),
        people: await peopleOf(principalsOf(runbook)),
        cutover: { id, stamp: stampOf(at) },
        plannedStart: request.plannedStart,
      })
      return resolution.ok
        ? { ok: true, plan: resolution.plan, channelName: resolution.plan.channel.name }
        : { ok: false, problems: [formatFindings(resolution.findings)] }
    },
  }
}

const runbooksIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()

/** Starting comes first; between two of them whatever else waits has its turn. */
const START_MS = 2_000
const PAUSE_MS = 100

/**
 * Validates every runbook once before anybody asks: the first time takes longest, by building the schemas too, and whoever
 * opens the form would wait for all of them at once. One after the other, so that nothing waits for more than one.
 */
export async function readAhead(
  folder: string,
  validated: Validations,
  { signal, startMs = START_MS }: { readonly signal: AbortSignal; readonly startMs?: number },
): Promise<void> {
  await pause(startMs, undefined, { signal, ref: false })
  for (const name of runbooksIn(folder)) {
    await pause(PAUSE_MS, undefined, { signal, ref: false })
    validated(join(folder, name))
  }
}

/** The people behind `user:…` or `group:…` who may act at all. */
async function whoIs(principal: string, directory: Directory): Promise<readonly PersonId[]> {
  const [kind, name = ''] = principal.split(':')
  const ids = kind === 'group' ? ((await directory.group(name)) ?? []) : [name]
  const people = await Promise.all(ids.map((id) => directory.person(id)))
  return people.flatMap((person) => (person && !person.barred ? [person.id] : []))
}

function summaryOf(runbook: Runbook, people: (principal: string) => readonly PersonId[]): RunbookSummary {
  const { head } = runbook
  return {
    runbook: head.runbook,
    title: head.title,
    owner: head.owner,
    hash: runbook.hash,
    zone: head.window.zone ?? 'UTC',
    ...proposed(runbook),
    environments: Object.entries(head.environments).map(([name, { live }]) => ({
      name,
      live: live ?? false,
    })),
    roles: Object.entries(head.roles).map(([role, { title, from, backup }]) => ({
      role,
      title,
      eligible: [...new Set(from.flatMap(people))],
      backup: backup ?? false,
    })),
    ask: Object.entries(head.vars ?? {})
      .filter(([, declared]) => declared.ask === true)
      .map(([name, declared]) => ({
        name,
        type: declared.type,
        ...(declared.pattern === undefined ? {} : { pattern: declared.pattern }),
        ...(declared.values === undefined ? {} : { options: declared.values }),
        ...(declared.default === undefined ? {} : { default: String(declared.default) }),
      })),
    choices: runbook.choices
      .filter(({ by }) => by === undefined)
      .map(({ id, question, options }) => ({
        id,
        question,
        options: options.map((option) => option.id),
        presets: presetsOf(head.environments, id),
      })),
    problems: [],
  }
}

function proposed({ head }: Runbook): Pick<RunbookSummary, 'proposedStart'> {
  const { usual, zone = 'UTC' } = head.window
  const next = usual === undefined ? undefined : nextUsualStart(usual, zone, Date.now())
  return next === undefined ? {} : { proposedStart: next }
}

const presetsOf = (environments: Runbook['head']['environments'], choice: string) =>
  Object.fromEntries(
    Object.entries(environments).flatMap(([name, { choices = {} }]) => {
      const option = choices[choice]
      return option === undefined ? [] : [[name, option]]
    }),
  )

function broken(file: string, { findings }: Validation): RunbookSummary {
  return {
    runbook: basename(file, '.yaml'),
    title: file,
    owner: '',
    hash: '',
    zone: 'UTC',
    environments: [],
    roles: [],
    ask: [],
    choices: [],
    problems: formatFindings(findings.filter((finding) => hasErrors([finding]))).split('\n'),
  }
}

function missing(
  { runbook }: OpeningRequest,
  all: readonly { readonly file: string; readonly validation: Validation }[],
): string {
  const inFile = all.find(({ file }) => file === `${runbook}.yaml`)
  if (inFile && !inFile.validation.runbook) return formatFindings(inFile.validation.findings)
  const known = all.flatMap(({ validation }) => (validation.runbook ? [validation.runbook.head.runbook] : []))
  return `There is no runbook "${runbook}". There are: ${known.join(', ') || 'none'}.`
}
