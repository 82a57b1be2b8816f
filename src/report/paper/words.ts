import type {
  Argument,
  Condition,
  Criterion,
  Expectation,
  Expectations,
  Offset,
  Plan,
  Target,
} from '../../domain/plan.ts'
import { durationText } from '../../templates/format.ts'

/** `T-30m`, `T-1d 18:00`, `10 min after copy`. */
export function offsetText(offset: Offset): string {
  switch (offset.kind) {
    case 'elapsed':
      return offset.ms === 0 ? 'T-0' : `T${offset.ms < 0 ? '-' : '+'}${shortLength(Math.abs(offset.ms))}`
    case 'calendar':
      return `T${offset.days < 0 ? '-' : '+'}${Math.abs(offset.days)}d${offset.at === undefined ? '' : ` ${offset.at}`}`
    case 'after': {
      const what = offset.step === 'completed' ? 'completion' : offset.step
      return offset.ms === 0 ? `after ${what}` : `${durationText(offset.ms)} after ${what}`
    }
  }
}

function shortLength(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`
}

/** An argument of machine work as the runbook writes it. A secret is its name: a plan on paper holds none. */
export function argumentText(argument: Argument): string {
  if (argument === null || typeof argument !== 'object') return String(argument)
  if ('$' in argument && typeof argument['$'] === 'string') return referenceText(argument)
  if (Array.isArray(argument) && argument.every((one) => typeof one === 'string')) return argument.join(', ')
  return JSON.stringify(argument, (_, value: unknown) =>
    typeof value === 'object' && value !== null && '$' in value ? referenceText(value) : value,
  )
}

function referenceText(reference: object): string {
  const part = (name: string): string => ('$' in reference ? String(Reflect.get(reference, name)) : '')
  switch (part('$')) {
    case 'target':
      return part('name')
    case 'fact':
      return `$${part('step')}.${part('fact')}`
    default:
      return `$${part('name')}`
  }
}

/** A word of a command line as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./$-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

export function conditionText(condition: Condition): string {
  return condition.map(({ name, is }) => `${name} ${expectationText(is)}`).join(' and ')
}

function expectationText(is: Expectation): string {
  if ('text' in is) return is.text
  return 'equals' in is ? `= ${String(is.equals)}` : `= ${is.unknown}`
}

export function expectationsText(expect: Expectations): string {
  return Object.entries(expect)
    .map(([part, is]) =>
      'path' in is ? `${is.path} ${expectationText(is.is)}` : `${part} ${expectationText(is)}`,
    )
    .join(', ')
}

export function criterionText(plan: Plan, criterion: Criterion): string {
  switch (criterion.kind) {
    case 'step': {
      const title = plan.steps[criterion.step]?.title ?? criterion.step
      return `${title} (${criterion.step}${criterion.freshMs === undefined ? '' : `, looked at within ${durationText(criterion.freshMs)}`})`
    }
    case 'confirm':
      return `${criterion.text}${criterion.by === undefined ? '' : ` (${criterion.by} confirms)`}`
    case 'rehearsed':
      return rehearsedText(criterion)
    case 'ack':
      return ackText(plan, criterion)
    case 'changes':
      return 'What was changed during the freeze is known to those who decide'
    case 'objective':
      return criterion.id === 'rto'
        ? 'Restoring takes no longer than was promised'
        : 'What would be restored is no older than was promised'
    case 'follow-up':
      return `Closed or waived: ${plan.followUps.find(({ id }) => id === criterion.followUp)?.title ?? criterion.followUp}`
  }
}

/** Of one that speaks against going on, or means failure: a look does so when it is not green. */
export const contraryText = (plan: Plan, criterion: Criterion): string =>
  `${criterion.kind === 'step' ? 'Red or failed: ' : ''}${criterionText(plan, criterion)}`

function rehearsedText({ sameHash, withinMs, rollback }: Extract<Criterion, { kind: 'rehearsed' }>): string {
  const same = sameHash ? ' with this very text' : ''
  const within = withinMs === undefined ? '' : ` within ${durationText(withinMs)}`
  return `It was rehearsed${same}${within}${rollback ? ', rolled back as well' : ''}`
}

function ackText(plan: Plan, { role, says }: Extract<Criterion, { kind: 'ack' }>): string {
  const who = plan.roles[role]?.title ?? role
  return says === 'available' ? `${who} is available on the day` : `${who} is present`
}

export function targetText({ kind, locator, database, identity }: Target): string {
  const where = argumentText(locator)
  const named = database === undefined ? '' : `, database ${database}`
  const known = Object.entries(identity ?? {}).map(([name, value]) =>
    typeof value === 'string' ? `${name} ${value}` : `${name} ${value.query} = ${value.value}`,
  )
  return `${kind} ${where}${named}${known.length === 0 ? '' : `; must be ${known.join(', ')}`}`
}
