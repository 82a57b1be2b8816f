import { errorAt } from '../finding.ts'
import type { Finding, Spot } from '../finding.ts'
import { comesAfterCompletion } from '../rules/after-completion.ts'
import type { PlacedStep } from '../runbook.ts'
import { hasOption } from '../shell/programs.ts'
import type { Program } from '../shell/programs.ts'
import { workOf, writtenWork } from '../work.ts'
import type { LintContext } from './context.ts'
import { commandsOf, sqlOf, withoutSqlComments } from './texts.ts'

const DROP =
  /\bdrop\s+(?:database|schema|table|type|view|materialized\s+view|owned|sequence)\b|\btruncate\b/gi
const CASCADE = /\bcascade\b/gi
/** A foreign key that cascades is a property of a table, not a removal. */
const CASCADING_KEY = /\bon\s+(?:delete|update)\s+cascade\b/gi

/** What is dropped before its replacement is proven is gone when the proof fails. */
export function dropBeforeVerified(context: LintContext): Finding[] {
  const byCommand = commandsOf(context).flatMap(({ program, step, spot }) => {
    const what = destroys(program)
    return what === undefined || isVerified(context, step) ? [] : [finding(spot, what, step)]
  })
  const bySql = sqlOf(context).flatMap(({ text, step, spotAt }) => {
    if (isVerified(context, step)) return []
    const code = withoutSqlComments(text).replaceAll(CASCADING_KEY, (key) => ' '.repeat(key.length))
    const [first] = [...code.matchAll(DROP), ...code.matchAll(CASCADE)]
    return first === undefined ? [] : [finding(spotAt(first.index), first[0].toUpperCase(), step)]
  })
  return [...byCommand, ...bySql, ...context.draft.steps.flatMap((step) => droppedTooEarly(context, step))]
}

/** A database that was put aside is what `pg.swap-back` brings back; once a cutover is completed, nothing goes back. */
function droppedTooEarly(context: LintContext, step: PlacedStep): Finding[] {
  if (comesAfterCompletion(context, step) || isVerified(context, step)) return []
  return workOf(step).flatMap(({ document, path }) => {
    const work = writtenWork(document, path)
    if (work?.uses !== 'pg.drop-kept') return []
    return [finding(context.draft.source.spot(work.usesPath), '`pg.drop-kept`', step)]
  })
}

function destroys(program: Program): string | undefined {
  if (program.name === 'dropdb') return '`dropdb`'
  const cleans = program.name === 'pg_restore' && hasOption(program, 'c', '--clean')
  return cleans ? '`pg_restore --clean`' : undefined
}

/** After a comparison by content in the plan; on the way back nothing has been proven. */
function isVerified({ draft }: LintContext, step: PlacedStep): boolean {
  if (step.place !== 'plan') return false
  const plan = draft.steps.filter(({ place }) => place === 'plan')
  return plan
    .slice(0, plan.indexOf(step))
    .some((earlier) =>
      workOf(earlier).some(({ document, path }) => writtenWork(document, path)?.uses === 'compare'),
    )
}

const finding = (spot: Spot, what: string, step: PlacedStep): Finding =>
  errorAt(spot, {
    code: 'drop-before-verified',
    message:
      step.place === 'plan'
        ? `${what} before the replacement is compared: if the comparison fails, there is nothing to go back to`
        : `${what} on the way back destroys what may be needed to find out what happened`,
    hint: 'Rename and keep (`pg.set-aside`); drop in a step of its own, after `compare`.',
  })
