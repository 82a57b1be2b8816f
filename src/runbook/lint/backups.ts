import { targetsOf } from '../changed-targets.ts'
import { warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { doubt } from '../rules/context.ts'
import { excludeEachOther } from '../rules/facts.ts'
import { typeOfText } from '../scope.ts'
import type { Program } from '../shell/programs.ts'
import { workOf, writtenWork } from '../work.ts'
import type { LintContext } from './context.ts'
import { stateOf } from './open-states.ts'
import { commandsOf } from './texts.ts'

/** The backup that a rollback puts back must hold the last write and nothing of the change. */
export function backupOrder(context: LintContext): Finding[] {
  return restoredBackups(context).flatMap((backup) => {
    const { read } = targetsOf(backup, context.catalogue)
    const plan = context.draft.steps.filter(({ place }) => place === 'plan')
    const earlier = plan.slice(0, plan.indexOf(backup)).filter((step) => !excludeEachOther(step, backup))
    return [...writesGoOn(context, backup, earlier, read), ...alreadyChanged(context, backup, earlier, read)]
  })
}

/** Steps of the plan whose facts an inverse or the rollback section hands to a step that changes something. */
function restoredBackups(context: LintContext): PlacedStep[] {
  const restoring = context.draft.steps.filter(({ place }) => place !== 'plan')
  const used = restoring.flatMap(workOf).flatMap(({ document, path, kind }) => {
    const work = writtenWork(document, path)
    if (work === undefined || kind !== 'run' || context.catalogue[work.uses]?.mutating !== true) return []
    return work.uses === DELETES_BACKUP ? [] : stepsNamedIn(context, work.arguments)
  })
  return [...new Set(used)].filter(({ place }) => place === 'plan')
}

const DELETES_BACKUP = 'backup.cleanup'

/** The steps whose facts stand among the arguments. */
function stepsNamedIn(context: LintContext, values: Readonly<Record<string, unknown>>): PlacedStep[] {
  return Object.values(values).flatMap((value) => {
    const typed = typeof value === 'string' ? typeOfText(context, value) : undefined
    return typed?.kind === 'fact' && typed.step.kind === 'run' ? [typed.step] : []
  })
}

const usesOf = (step: PlacedStep): string =>
  step.kind === 'run' ? (writtenWork(step.document, step.path)?.uses ?? '') : ''

const PROVES_IDLE: ReadonlySet<string> = new Set(['sqlite.idle', 'pg.drain'])
/** They change who gets in and what is logged, not what a backup saves. */
const KEEPS_CONTENT: ReadonlySet<string> = new Set([
  'pg.drain',
  'pg.unfence',
  'pg.analyze',
  'pg.restore-point',
])

function writesGoOn(
  context: LintContext,
  backup: PlacedStep,
  earlier: readonly PlacedStep[],
  copied: readonly string[],
): Finding[] {
  const states = new Set<string>()
  for (const step of earlier) {
    for (const state of stateOf(step, 'opens')) states.add(state)
    for (const state of stateOf(step, 'closes')) states.delete(state)
  }
  const provenIdle = earlier.some((step) =>
    workOf(step).some(({ document, path }) => {
      const work = writtenWork(document, path)
      const target = work?.arguments['target']
      return PROVES_IDLE.has(work?.uses ?? '') && typeof target === 'string' && copied.includes(target)
    }),
  )
  if (states.size > 0 || provenIdle) return []
  return [
    doubt(context, backup.path, {
      code: 'backup-too-early',
      message: `rolling back restores what "${backup.title}" saved, and nothing has stopped writes before it: all that is written in between would be lost`,
      hint: 'Put it after the step that stops the writers (`opens: maintenance`), after a `sqlite.idle` check or after `pg.drain`.',
    }),
  ]
}

function alreadyChanged(
  context: LintContext,
  backup: PlacedStep,
  earlier: readonly PlacedStep[],
  copied: readonly string[],
): Finding[] {
  const changer = earlier.find(
    (step) =>
      !KEEPS_CONTENT.has(usesOf(step)) &&
      targetsOf(step, context.catalogue).changed.some((target) => copied.includes(target)),
  )
  if (changer === undefined) return []
  return [
    doubt(context, backup.path, {
      code: 'backup-too-late',
      message: `"${changer.title}" has already changed what "${backup.title}" saves, so restoring it brings back the change`,
      hint: 'Put the backup before it.',
    }),
  ]
}

const MAKES_BACKUP: ReadonlySet<string> = new Set(['pg_dump', 'pg_dumpall', 'pg_basebackup', 'mysqldump'])
const PROVES = /restore|compare/

/**
 * A dump that was never restored is a hope. The backup actions of the catalogue open and count what they made; a
 * program of the team's own proves nothing until something restores or compares it.
 */
export function unprovenBackup(context: LintContext): Finding[] {
  const commands = commandsOf(context)
  const proven =
    commands.some(({ program }) => PROVES.test(program.name)) ||
    context.draft.steps
      .flatMap(workOf)
      .some(({ document, path }) => PROVES.test(writtenWork(document, path)?.uses ?? ''))
  if (proven) return []
  return commands
    .filter(({ program }) => MAKES_BACKUP.has(program.name) || copiesDatabase(program))
    .map(({ program, spot }) =>
      warningAt(spot, {
        code: 'unproven-backup',
        message: `what \`${program.name}\` saves here is never restored nor compared: whether it is a backup shows when it is needed`,
        hint: 'Add a step that restores it beside the original and compares, or use a backup action of the catalogue.',
      }),
    )
}

const copiesDatabase = ({ name, words }: Program): boolean =>
  (name === 'cp' && words.some(({ text }) => /\.(?:db|sqlite3?|bak)\b/.test(text))) ||
  (name === 'sqlite3' && words.some(({ text }) => /^\.(?:backup|dump)\b/.test(text)))

const TESTS_BACKUP: ReadonlySet<string> = new Set(['pg.test-restore', 'pg.restore', 'pg.restore-beside'])

/**
 * A dump of PostgreSQL is proven by restoring it, and before the night it is needed: of every database that is backed
 * up, one backup goes through a test restore in the plan. A trial backup days before counts.
 */
export function untestedBackup(context: LintContext): Finding[] {
  const plan = context.draft.steps.filter(({ place }) => place === 'plan')
  const savedBy = (step: PlacedStep) => targetsOf(step, context.catalogue).read
  const tested = new Set(
    plan
      .filter((step) => TESTS_BACKUP.has(usesOf(step)))
      .flatMap(workOf)
      .flatMap(({ document, path }) => stepsNamedIn(context, writtenWork(document, path)?.arguments ?? {}))
      .flatMap(savedBy),
  )
  return plan
    .filter((step) => usesOf(step) === 'pg.backup' && !savedBy(step).some((target) => tested.has(target)))
    .map((step) =>
      doubt(context, step.path, {
        code: 'untested-backup',
        message: `what "${step.title}" saves is never restored before it is needed: a dump that ends well may still be cut off`,
        hint: `Add a run of \`pg.test-restore\` with \`backup: $${step.id}.file\`, or test a trial backup of the same database days before.`,
      }),
    )
}
