import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import { NOTICE_IDS } from '../resolve/notices.ts'
import type { PlacedStep } from '../runbook.ts'
import type { AudienceDocument } from '../schema/document.ts'
import type { Path } from '../source.ts'
import { durationMs } from '../values/duration.ts'
import { offsetOf } from '../values/offset.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'
import { stepNamed } from './references.ts'

type Tell = Extract<PlacedStep, { kind: 'tell' }>

/** Notices go to audiences that exist and can be reached, and promise only what can be kept. */
export function notices(context: Context): Finding[] {
  const tells = context.draft.steps.filter((step): step is Tell => step.kind === 'tell')
  return [
    ...tells.flatMap((tell) => ofTell(context, tell)),
    ...ofHead(context),
    ...pages(context),
    ...Object.entries(context.draft.head.audiences ?? {}).flatMap(([name, audience]) =>
      reachable(context, audience, ['audiences', name]),
    ),
    ...takenIds(context, tells),
  ]
}

function ofTell(context: Context, tell: Tell): Finding[] {
  const { document, path } = tell
  return [
    ...audiences(context, document.to, [...path, 'to']),
    ...role(context, document.approve, [...path, 'approve']),
    ...promise(context, tell),
    ...meeting(context, tell),
    ...pageState(context, tell),
  ]
}

function ofHead(context: Context): Finding[] {
  const { late, postponed, no_go, abandoned } = context.draft.head.notices ?? {}
  return Object.entries({ late, postponed, no_go, abandoned }).flatMap(([name, notice]) =>
    notice === undefined
      ? []
      : [
          ...audiences(context, notice.to ?? [], ['notices', name, 'to']),
          ...('approve' in notice ? role(context, notice.approve, ['notices', name, 'approve']) : []),
        ],
  )
}

/** Who is paged is an audience with a webhook. */
function pages(context: Context): Finding[] {
  return (context.draft.head.escalation ?? []).flatMap(({ page }, index) => {
    if (page === undefined) return []
    const path = ['escalation', index, 'page']
    const unknown = audiences(context, [page], ['escalation', index]).map((finding) => ({
      ...finding,
      ...context.draft.source.spot(path),
    }))
    if (unknown.length > 0 || reached(context, page).some(({ webhook }) => webhook !== undefined))
      return unknown
    return [
      complain(context, path, {
        code: 'page-without-webhook',
        message: `the audience "${page}" has no webhook, so it cannot be paged`,
        hint: 'Give it `webhook:` and `shape: pagerduty` or `opsgenie`.',
      }),
    ]
  })
}

function audiences(context: Context, to: readonly string[], path: Path): Finding[] {
  const { head, broken } = context.draft
  const known = head.audiences ?? {}
  return to.flatMap((name, index) =>
    Object.hasOwn(known, name) || broken.has(name)
      ? []
      : [
          complain(context, [...path, index], {
            code: 'unknown-audience',
            message: `no audience is called "${name}"`,
            hint: suggestion(name, Object.keys(known)),
          }),
        ],
  )
}

function role(context: Context, name: string | undefined, path: Path): Finding[] {
  const { head, broken } = context.draft
  const known = head.roles ?? {}
  if (name === undefined || Object.hasOwn(known, name) || broken.has(name)) return []
  return [
    complain(context, path, {
      code: 'unknown-role',
      message: `no role is called "${name}"`,
      hint: suggestion(name, Object.keys(known)),
    }),
  ]
}

const EVERY_MIN_MS = 5 * 60_000

/** A promise says how often, and until when. */
function promise(context: Context, { document, path }: Tell): Finding[] {
  const { every, until } = document
  if (every === undefined && until === undefined) return []
  if (every === undefined || until === undefined) {
    const missing = every === undefined ? 'every' : 'until'
    return [
      complain(context, [...path, every === undefined ? 'until' : 'every'], {
        code: 'half-a-promise',
        message: `a promised update has \`every\` and \`until\`, and here is no \`${missing}\``,
        hint: 'Write `every: 30m` and `until: <id>` of the step with which the updates end.',
      }),
    ]
  }
  const often =
    durationMs(every) >= EVERY_MIN_MS
      ? []
      : [
          complain(context, [...path, 'every'], {
            code: 'too-often',
            message: `an update every ${every} cannot be promised`,
            hint: 'Sending takes a moment: 5m is the least.',
          }),
        ]
  return [...often, ...stepNamed(context, until, [...path, 'until'], 'until')]
}

function meeting(context: Context, { document, path }: Tell): Finding[] {
  const { meet, to } = document
  if (meet === undefined) return []
  const byMail = to.some((name) => reached(context, name).some(({ email }) => email !== undefined))
  const nobody = complain(context, [...path, 'meet'], {
    code: 'meeting-without-mail',
    message: 'an invitation goes by e-mail, and none of these audiences has an address',
    hint: 'Add an audience with `email: [...]` to `to`.',
  })
  const offset = meet.at === undefined ? undefined : offsetOf(meet.at)
  const loose = complain(context, [...path, 'meet', 'at'], {
    code: 'meeting-without-time',
    message: 'a meeting has a time from the start: nobody can be invited to what follows a step',
    hint: 'Write it as T-30m, T+48h or T+2d 10:00.',
  })
  return [...(byMail ? [] : [nobody]), ...(offset?.kind === 'after' ? [loose] : [])]
}

/** A status page shows a state, so what is told there says which. */
function pageState(context: Context, { document, path }: Tell): Finding[] {
  const page = document.to.find((name) => reached(context, name).some(({ shape }) => shape === 'statuspage'))
  if (page === undefined || document.state !== undefined) return []
  return [
    complain(context, [...path, 'to'], {
      code: 'page-without-state',
      message: `the audience "${page}" is a status page, and this notice does not say which state it shows`,
      hint: 'Add `state:` scheduled, in progress, verifying, completed, extended, rolled back or cancelled.',
    }),
  ]
}

/** An audience as it is in any environment. */
function reached({ draft }: Context, name: string): readonly AudienceDocument[] {
  const places = [
    draft.head.audiences,
    ...Object.values(draft.head.environments ?? {}).map((own) => own.audiences),
  ]
  return places.flatMap((place) => place?.[name] ?? [])
}

function reachable(context: Context, audience: AudienceDocument, path: Path): Finding[] {
  const { slack, email, webhook, shape } = audience
  const name = String(path.at(-1))
  if (slack === undefined && email === undefined && webhook === undefined) {
    return [
      complain(context, path, {
        code: 'unreachable-audience',
        message: `the audience "${name}" has neither a channel nor an address`,
        hint: 'Add `slack: "#ops"`, `email: [ops@example.org]` or `webhook: status-page`.',
      }),
    ]
  }
  if (shape === undefined || webhook !== undefined) return []
  return [
    complain(context, [...path, 'shape'], {
      code: 'shape-without-webhook',
      message: 'a shape belongs to a webhook, and none is named',
      hint: 'Add `webhook:` with its name in the webhooks file of `serve`.',
    }),
  ]
}

/** Ids that notices without a time of their own have in every plan. */
function takenIds(context: Context, tells: readonly Tell[]): Finding[] {
  const taken = new Set([
    NOTICE_IDS.late,
    NOTICE_IDS.postponed,
    NOTICE_IDS.abandoned,
    NOTICE_IDS.noGo,
    ...tells.flatMap(({ id, document }) => [
      ...(document.every === undefined ? [] : [NOTICE_IDS.update(id)]),
      ...(document.meet === undefined ? [] : [NOTICE_IDS.meeting(id)]),
    ]),
  ])
  return context.draft.steps
    .filter(({ id }) => taken.has(id))
    .map(({ id, path }) =>
      complain(context, path, {
        code: 'reserved-name',
        message: `"${id}" is the id of a notice that Cutover makes`,
        hint: 'Give this step another `id:`.',
      }),
    )
}
