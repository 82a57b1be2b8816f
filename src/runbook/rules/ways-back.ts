import type { Finding } from '../finding.ts'
import type { PlacedWayBack } from '../runbook.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'
import { stepNamed } from './references.ts'

/** Several ways back differ, and what they say of steps is about steps that there are. */
export function waysBack(context: Context): Finding[] {
  const { waysBack: ways, rollback } = context.draft
  const reopened =
    rollback.reopened === undefined
      ? []
      : stepNamed(context, rollback.reopened, ['rollback', 'reopened'], 'reopened')
  return [
    ...reopened,
    ...ways.flatMap((way) => [...requires(context, way), ...withinWhat(context, way)]),
    ...sameTwice(context, ways),
  ]
}

const requires = (context: Context, { document, path }: PlacedWayBack): Finding[] =>
  (document.requires ?? []).flatMap((id, index) =>
    stepNamed(context, id, [...path, 'requires', index], 'requires'),
  )

function withinWhat(context: Context, { document, path }: PlacedWayBack): Finding[] {
  if (document.within === undefined || context.draft.rollback.reopened !== undefined) return []
  return [
    complainOfKey(context, [...path, 'within'], {
      code: 'out-of-place',
      message: '`within` counts from the reopening, and it is not said which step reopens',
      hint: 'Add `reopened: STEP` under `rollback`: the step that lets customers write again.',
    }),
  ]
}

/** Without steps of their own two ways are one and the same: the computed inverses. */
function sameTwice(context: Context, ways: readonly PlacedWayBack[]): Finding[] {
  const [first, ...others] = ways.filter(({ steps }) => steps === undefined)
  return others.map(({ id, path }) =>
    complain(context, path, {
      code: 'same-way-back',
      message: `"${id}" does the same as "${first?.id}": neither has \`steps\`, so both run the inverses`,
      hint: 'Give one of them `steps`, or keep one.',
    }),
  )
}
