import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { catalogue } from '../actions/catalogue.ts'
import { stampOf } from '../app/attempt-work.ts'
import type { PersonId, Plan } from '../domain/plan.ts'
import { formatFindings } from '../runbook/finding.ts'
import { resolvePlan } from '../runbook/resolve/resolve-plan.ts'
import type { Runbook } from '../runbook/runbook.ts'
import { nearest } from '../runbook/nearest.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'
import { validateFile } from './validations.ts'

/** A runbook without errors, and the folder of the files it names. */
export interface RunbookFile {
  readonly runbook: Runbook
  readonly folder: string
}

/** A runbook by its file, or by its name in the folder of the runbooks. Throws {@link CommandEnd} with what is wrong. */
export function readRunbookFile(named: string, runbooks: string): RunbookFile {
  const file = fileOf(named, runbooks)
  const { runbook, findings } = validateFile(file)
  if (runbook) return { runbook, folder: resolve(dirname(file)) }
  throw new CommandEnd(
    `${formatFindings(findings.filter(({ severity }) => severity === 'error'))}\n${basename(file)} cannot be opened like this. Nothing was done.`,
    EXIT.endedOtherwise,
  )
}

function fileOf(named: string, runbooks: string): string {
  const found = statSync(named, { throwIfNoEntry: false })
  if (found?.isFile() === true) return named
  const files = yamlIn(runbooks).map((name) => {
    const file = join(runbooks, name)
    return { file, names: [basename(name, '.yaml'), validateFile(file).runbook?.head.runbook ?? ''] }
  })
  const match = files.find(({ names }) => names.includes(named))
  if (match) return match.file
  const names = files.flatMap((one) => one.names)
  const near = nearest(named, names)
  throw new CommandEnd(
    `There is no file ${named}, and no runbook of that name in ${resolve(runbooks)}${near === undefined ? '' : `; did you mean ${near}?`}. Nothing was done.`,
    EXIT.usage,
  )
}

function yamlIn(folder: string): readonly string[] {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : []
}

/** What a plan is made of besides the runbook. */
export interface PlanWanted {
  readonly environment: string
  readonly vars: Readonly<Record<string, string>>
  /** Choice → option, instead of what the environment presets. */
  readonly choices: Readonly<Record<string, string>>
  readonly people: (principal: string) => readonly PersonId[]
  readonly plannedStart: number
  /** Of the cutover; stands where the runbook says `$cutover.id`. */
  readonly id: string
  /** When it is opened; stands where the runbook says `$cutover.stamp`. */
  readonly at: number
}

/** The plan for one environment, without asking or opening anything. Vars may be any unless the environment is live. */
export function planOfFile({ runbook }: RunbookFile, wanted: PlanWanted): Plan {
  const { environment, vars, choices, people, plannedStart, id, at } = wanted
  const resolution = resolvePlan({
    runbook,
    catalogue: catalogue(),
    environment,
    vars,
    choices,
    anyVar: true,
    people,
    cutover: { id, stamp: stampOf(at) },
    plannedStart,
  })
  if (resolution.ok) return resolution.plan
  throw new CommandEnd(`${formatFindings(resolution.findings)}\nNothing was done.`, EXIT.usage)
}
