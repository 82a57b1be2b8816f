import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import { spokenKind } from '../names.ts'
import type { PlacedPhase, PlacedStep } from '../runbook.ts'
import type { Criterion } from '../schema/steps.ts'
import type { Path } from '../source.ts'
import { offsetOf } from '../values/offset.ts'
import type { OffsetText } from '../values/offset.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'
import { excludeEachOther, neverBoth } from './facts.ts'

/** `needs`, `after`, criteria, breaches and triggers name steps by a stated id, and only what can be waited for. */
export function references(context: Context): Finding[] {
  const { draft } = context
  const ofSteps = draft.steps.flatMap((step) => stepReferences(context, step))
  const ofPhases = context.draft.phases.flatMap(({ at, path }) =>
    at?.kind === 'after' ? stepNamed(context, at.step, [...path, 'at'], 'after') : [],
  )
  const success = criteriaReferences(context, draft.head.success ?? [], ['success'])
  const failure = [
    ...criteriaReferences(context, draft.head.failure ?? [], ['failure']),
    ...missingIsNoFailure(context, draft.head.failure ?? [], ['failure']),
  ]
  const channelAt = draft.head.channel?.at
  const ofChannel = channelAt === undefined ? [] : afterReference(context, channelAt, ['channel', 'at'])
  const checkpoints = draft.phases.flatMap((phase) => checkpointReferences(context, phase))
  return [
    ...ofSteps,
    ...ofPhases,
    ...success,
    ...failure,
    ...checkpoints,
    ...ofChannel,
    ...triggerReferences(context),
  ]
}

/** A checkpoint is computed, so it names what has an answer when its phase ends. */
function checkpointReferences(context: Context, { checkpoint = [], path, title }: PlacedPhase): Finding[] {
  const found = criteriaReferences(context, checkpoint, [...path, 'checkpoint'])
  if (found.length > 0) return found
  const phases = context.draft.phases.map((phase) => phase.path)
  return checkpoint.flatMap((criterion, index) => {
    const at = [...path, 'checkpoint', index]
    if ('metric' in criterion) return []
    if (!('step' in criterion)) return [askedOfPeople(context, at)]
    const named = context.index.get(criterion.step)
    if (named?.kind !== 'step' && named?.kind !== 'watch check') return []
    const phase = context.draft.phases.findIndex(({ id }) => id === named.step.phase)
    const own = phases.indexOf(path)
    return phase >= 0 && phase <= own ? [] : [notInPhase(context, criterion.step, title, at)]
  })
}

const askedOfPeople = (context: Context, path: Path): Finding =>
  complain(context, path, {
    code: 'bad-criterion',
    message: 'a checkpoint is judged by itself, and this waits for somebody to say something',
    hint: 'Name a step by `step:`; for what a person knows add a `do` to the phase, and name that.',
  })

const notInPhase = (context: Context, step: string, title: string, path: Path): Finding =>
  complain(context, path, {
    code: 'bad-criterion',
    message: `the checkpoint of "${title}" names "${step}", which has no answer when that phase ends`,
    hint: 'Name a step of this phase or of one before it.',
  })

function stepReferences(context: Context, step: PlacedStep): Finding[] {
  if (step.generated === true) return []
  const { document, path } = step
  const needs = (document.needs ?? []).flatMap((id, index) => {
    const at = [...path, 'needs', index]
    const found = stepNamed(context, id, at, 'needs')
    return found.length > 0 || context.draft.broken.has(id) ? found : needsEarlier(context, step, id, at)
  })
  const at = document.at === undefined ? [] : afterReference(context, document.at, [...path, 'at'])
  if (step.kind === 'decide') {
    const { criteria = [], no_go_when: against = [], deadline } = step.document
    const late = deadline === undefined ? [] : afterReference(context, deadline, [...path, 'deadline'])
    return [
      ...needs,
      ...at,
      ...late,
      ...criteriaReferences(context, criteria, [...path, 'criteria']),
      ...criteriaReferences(context, against, [...path, 'no_go_when']),
      ...sameInBoth(context, criteria, against, [...path, 'no_go_when']),
      ...missingIsNoFailure(context, against, [...path, 'no_go_when']),
    ]
  }
  if (step.kind === 'watch' && step.document.breach !== undefined)
    return [...needs, ...at, ...breach(context, step.document.breach, [...path, 'breach'])]
  return [...needs, ...at]
}

function afterReference(context: Context, written: OffsetText, path: Path): Finding[] {
  const offset = offsetOf(written)
  return offset?.kind === 'after' && offset.step !== 'completed'
    ? stepNamed(context, offset.step, path, 'after')
    : []
}

export function stepNamed(context: Context, id: string, path: Path, key: string): Finding[] {
  const named = context.index.get(id)
  if (named === undefined) {
    if (context.draft.broken.has(id) || id === 'completed') return []
    return [
      complain(context, path, {
        code: 'unknown-step',
        message: `${key} names "${id}", and no step has that id`,
        hint: suggestion(id, statedIds(context)),
      }),
    ]
  }
  if (named.kind !== 'step' && named.kind !== 'watch check') {
    return [
      complain(context, path, {
        code: 'not-a-step',
        message: `${key} names "${id}", which is ${spokenKind(named)}`,
        hint: suggestion(id, statedIds(context)),
      }),
    ]
  }
  return named.kind === 'step' && !named.step.idStated ? [unstated(context, named.step, path)] : []
}

const unstated = (context: Context, step: PlacedStep, path: Path): Finding =>
  complain(context, path, {
    code: 'unstated-id',
    message: `the step "${step.title}" is referred to and states no id`,
    hint: `Add \`id: ${step.id}\` to it, so that a new title cannot break the reference.`,
  })

const statedIds = ({ draft }: Context): string[] =>
  draft.steps.filter(({ idStated }) => idStated).map(({ id }) => id)

/** Waiting for a later step would wait for ever, because the later one waits for this one. */
function needsEarlier(context: Context, step: PlacedStep, id: string, path: Path): Finding[] {
  const plan = context.draft.steps.filter(({ place }) => place === 'plan').map((other) => other.id)
  const earlier = plan.indexOf(id) < plan.indexOf(step.id)
  const named = context.index.get(id)
  if (named?.kind === 'step' && excludeEachOther(step, named.step))
    return [neverBoth(context, step, named.step, path)]
  if (earlier && plan.includes(id)) return []
  return [
    complain(context, path, {
      code: 'needs-later',
      message: `"${step.id}" needs "${id}", which does not come before it in the plan`,
      hint: 'Steps run in order: move one of the two.',
    }),
  ]
}

/** A criterion is a fact of the log: a run that succeeded, a green check or watch, a tick. */
function criteriaReferences(context: Context, criteria: readonly Criterion[], path: Path): Finding[] {
  const seen = new Set<string>()
  return criteria.flatMap((criterion, index) => {
    const at = [...path, index]
    const id = criterionId(criterion)
    const twice = seen.has(id) ? [duplicate(context, id, at)] : []
    seen.add(id)
    if (!('step' in criterion)) return twice
    const found = stepNamed(context, criterion.step, [...at, 'step'], 'a criterion')
    if (found.length > 0) return [...twice, ...found]
    return [...twice, ...criterionKind(context, criterion, at)]
  })
}

export function criterionId(criterion: Criterion): string {
  if ('step' in criterion) return criterion.step
  if ('confirm' in criterion) return criterion.id
  if ('rehearsed' in criterion) return criterion.id ?? 'rehearsed'
  return 'metric' in criterion ? criterion.metric : `ack-${criterion.ack}-${criterion.says ?? 'present'}`
}

/** What means failed happens; a rehearsal or an acknowledgement that is missing only does not. */
function missingIsNoFailure(context: Context, criteria: readonly Criterion[], path: Path): Finding[] {
  return criteria.flatMap((criterion, index) =>
    'rehearsed' in criterion || 'ack' in criterion
      ? [
          complain(context, [...path, index], {
            code: 'bad-criterion',
            message: 'that this is missing does not mean that the cutover has failed',
            hint: 'Name what has happened when it failed: `step`, `metric` or `confirm`.',
          }),
        ]
      : [],
  )
}

/** What must hold cannot speak against it at the same time. */
const sameInBoth = (
  context: Context,
  criteria: readonly Criterion[],
  against: readonly Criterion[],
  path: Path,
): Finding[] => {
  const ids = new Set(criteria.map(criterionId))
  return against.flatMap((criterion, index) =>
    ids.has(criterionId(criterion)) ? [duplicate(context, criterionId(criterion), [...path, index])] : [],
  )
}

const duplicate = (context: Context, id: string, path: Path): Finding =>
  complain(context, path, {
    code: 'name-taken',
    message: `the criterion "${id}" stands here twice`,
    hint: 'Remove one.',
  })

function criterionKind(
  context: Context,
  criterion: Extract<Criterion, { step: string }>,
  path: Path,
): Finding[] {
  const named = context.index.get(criterion.step)
  const kind = named?.kind === 'step' ? named.step.kind : 'watch check'
  if (kind === 'tell' || kind === 'decide') {
    return [
      complain(context, [...path, 'step'], {
        code: 'bad-criterion',
        message: `"${criterion.step}" is a ${kind} step and proves nothing that a gate could weigh`,
        hint: 'Name a run, a check, a watch or a do; for what a person knows write `confirm:`.',
      }),
    ]
  }
  if (criterion.fresh !== undefined && kind !== 'check') {
    return [
      complain(context, [...path, 'fresh'], {
        code: 'bad-criterion',
        message: `fresh is for what the machine can look at again, and "${criterion.step}" is a ${kind}`,
        hint: 'Leave `fresh` out: it stands until it is undone, and its age is shown.',
      }),
    ]
  }
  return []
}

function triggersOf({ draft }: Context) {
  const triggers = draft.rollback.triggers ?? {}
  return (['immediate', 'consider', 'never'] as const).flatMap((urgency) =>
    (triggers[urgency] ?? []).map((trigger, index) => ({
      ...trigger,
      urgency,
      path: ['rollback', 'triggers', urgency, index] as Path,
    })),
  )
}

function triggerReferences(context: Context): Finding[] {
  const seen = new Set<string>()
  return triggersOf(context).flatMap(({ id, steps = [], path }) => {
    const twice = seen.has(id)
      ? [
          complain(context, [...path, 'id'], {
            code: 'name-taken',
            message: `two triggers are called "${id}"`,
            hint: 'Give one of them another id.',
          }),
        ]
      : []
    seen.add(id)
    return [
      ...twice,
      ...steps.flatMap((step, index) => stepNamed(context, step, [...path, 'steps', index], 'a trigger')),
    ]
  })
}

function breach(context: Context, id: string, path: Path): Finding[] {
  const triggers = triggersOf(context).map((trigger) => trigger.id)
  if (triggers.includes(id)) return []
  return [
    complain(context, path, {
      code: 'unknown-trigger',
      message: `breach names "${id}", and no trigger of the rollback has that id`,
      hint: suggestion(id, triggers),
    }),
  ]
}
