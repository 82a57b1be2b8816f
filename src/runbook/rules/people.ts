import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import type { PlacedStep } from '../runbook.ts'
import type { Criterion } from '../schema/steps.ts'
import type { Path } from '../source.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'

/** Every role that is named exists and can be held; every gate can be carried by those who may hold its roles. */
export function people(context: Context): Finding[] {
  const { draft } = context
  const { head } = draft
  const openers = (head.openers ?? []).flatMap((role, index) => roleNamed(context, role, ['openers', index]))
  const judged = (['success', 'failure'] as const).flatMap((key) =>
    (head[key] ?? []).flatMap((criterion, index) => criterionRole(context, criterion, [key, index])),
  )
  const choosers = draft.choices.flatMap(({ by, path }) =>
    by === undefined ? [] : roleNamed(context, by, [...path, 'by']),
  )
  return [
    ...emptyRoles(context),
    ...openers,
    ...freezeRole(context),
    ...judged,
    ...choosers,
    ...completeGate(context),
    ...approverRoles(context, draft.rollback.approvers ?? {}, ['rollback', 'approvers']),
    ...draft.steps.flatMap((step) => stepRoles(context, step)),
  ]
}

function freezeRole(context: Context): Finding[] {
  const freeze = context.draft.head.window?.freeze
  if (typeof freeze !== 'object' || freeze.approve === undefined) return []
  return roleNamed(context, freeze.approve, ['window', 'freeze', 'approve'])
}

function emptyRoles(context: Context): Finding[] {
  return Object.entries(context.draft.head.roles ?? {}).flatMap(([role, { from }]) =>
    from.length > 0
      ? []
      : [
          complain(context, ['roles', role, 'from'], {
            code: 'role-nobody-may-hold',
            message: `nobody may hold the role "${role}"`,
            hint: 'List people or groups in `from`: [user:U024NINO, group:platform].',
          }),
        ],
  )
}

function stepRoles(context: Context, step: PlacedStep): Finding[] {
  const { document, path } = step
  const owner = document.by === undefined ? [] : roleNamed(context, document.by, [...path, 'by'])
  if (step.kind === 'decide') {
    const criteria = (['criteria', 'no_go_when'] as const).flatMap((key) =>
      (step.document[key] ?? []).flatMap((criterion, index) =>
        criterionRole(context, criterion, [...path, key, index]),
      ),
    )
    const approvers = approverRoles(context, step.document.approvers, [...path, 'approvers'])
    return [...owner, ...approvers, ...criteria]
  }
  if (step.kind !== 'do') return owner
  const items = (step.document.items ?? []).flatMap((item, index) =>
    typeof item === 'string' || item.by === undefined
      ? []
      : roleNamed(context, item.by, [...path, 'items', index, 'by']),
  )
  return [...owner, ...items]
}

function criterionRole(context: Context, criterion: Criterion, path: Path): Finding[] {
  if ('ack' in criterion) return roleNamed(context, criterion.ack, [...path, 'ack'])
  if (!('confirm' in criterion) || criterion.by === undefined) return []
  return roleNamed(context, criterion.by, [...path, 'by'])
}

export function roleNamed(context: Context, role: string, path: Path): Finding[] {
  return isRole(context, role) ? [] : [complain(context, path, unknownRole(context, role))]
}

const isRole = ({ draft }: Context, role: string): boolean =>
  Object.hasOwn(draft.head.roles ?? {}, role) || draft.broken.has(role)

const unknownRole = ({ draft }: Context, role: string) => ({
  code: 'unknown-role',
  message: `no role is called "${role}"`,
  hint: suggestion(role, Object.keys(draft.head.roles ?? {})),
})

/** Explicit lists are known here already; groups only when it opens. */
function approverRoles(context: Context, approvers: Readonly<Record<string, number>>, path: Path): Finding[] {
  if (Object.keys(approvers).length === 0 && path[0] !== 'rollback') {
    return [
      complain(context, path, {
        code: 'gate-nobody-can-carry',
        message: 'a gate without approvers can never be passed',
        hint: 'Say who must agree: `approvers: { lead: 1 }`.',
      }),
    ]
  }
  return Object.entries(approvers).flatMap(([role, count]) => {
    const at = [...path, role]
    if (!isRole(context, role)) return [complainOfKey(context, at, unknownRole(context, role))]
    const from = context.draft.head.roles?.[role]?.from ?? []
    const known = new Set(from).size
    if (from.some((who) => who.startsWith('group:')) || known >= count) return []
    return [
      complain(context, at, {
        code: 'gate-nobody-can-carry',
        message: `${count} people of "${role}" must agree, and only ${known} may ever hold it`,
        hint: 'Ask for fewer, or make more people eligible in `from`.',
      }),
    ]
  })
}

/** Completing is GO on the built-in gate, which the lead carries unless the runbook says otherwise. */
function completeGate(context: Context): Finding[] {
  const { complete, roles } = context.draft.head
  if (complete !== undefined) return approverRoles(context, complete.approvers, ['complete', 'approvers'])
  if (roles === undefined || isRole(context, 'lead')) return []
  return [
    complain(context, ['roles'], {
      code: 'gate-nobody-can-carry',
      message: 'no role is called "lead", and nobody else is named for GO on the gate at the end',
      hint: 'Add `complete: { approvers: { ROLE: 1 } }`.',
    }),
  ]
}
