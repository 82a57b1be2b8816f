import { asksForApproval } from '../../domain/notices.ts'
import { pageDisagrees } from '../../domain/public-state.ts'
import type { CutoverState } from '../../domain/state.ts'

/** What the public is told, notices that no phase holds, texts that wait for approval, and whom to call. */
export function noticeLines(state: CutoverState): readonly string[] {
  return [
    ...pageLines(state),
    ...occasionLines(state),
    ...refusedLines(state),
    ...draftLines(state),
    ...contactLines(state),
  ]
}

const pageLines = (state: CutoverState): readonly string[] =>
  Object.entries(state.pages).flatMap(([audience, page], index) => [
    ...(index === 0 ? ['', 'Status page'] : []),
    `  ${audience}: ${page.state}${pageDisagrees(state, page.state) ? `, and the cutover is ${state.status}` : ''}`,
  ])

/** Those that were called for and have not gone out. */
function occasionLines(state: CutoverState): readonly string[] {
  const open = Object.values(state.plan.steps).filter(({ id, place }) => {
    const status = state.steps[id]?.status
    return place === 'notice' && (status === 'due' || status === 'active' || status === 'failed')
  })
  if (open.length === 0) return []
  return [
    '',
    'Notices',
    ...open.map(({ id, title }) => {
      const own = state.steps[id]
      const why = own?.reason === undefined ? '' : ` \u2013 ${own.reason}`
      return `  ${id.padEnd(20)} ${own?.status ?? ''}  ${title}${why}`
    }),
  ]
}

const refusedLines = (state: CutoverState): readonly string[] => {
  const lines = Object.entries(state.steps).flatMap(([id, { refused = [] }]) =>
    refused.map(({ address, reason }) => `  ${id}: ${address} \u2013 ${reason}`),
  )
  return lines.length === 0 ? [] : ['', 'Not delivered to', ...lines]
}

function draftLines(state: CutoverState): readonly string[] {
  const waiting = Object.values(state.plan.steps).flatMap((step) => {
    const own = state.steps[step.id]
    if (own === undefined || !asksForApproval(own)) return []
    const texts = own.draft?.texts ?? []
    const shown = texts.find(({ medium }) => medium === 'email' || medium === 'report') ?? texts[0]
    const to = texts.map(({ audience, medium }) => `${audience} (${medium})`).join(', ')
    return [
      `  ${step.id}: ${step.title}, revision ${own.revision}, to ${to}`,
      ...(shown?.subject === undefined ? [] : [`  | ${shown.subject}`]),
      ...(shown?.text ?? '').split('\n').map((line) => `  | ${line}`),
    ]
  })
  return waiting.length === 0
    ? []
    : ['', 'Waits for approval (`cutover approve`, `cutover reject`)', ...waiting]
}

function contactLines({ plan }: CutoverState): readonly string[] {
  const all = Object.entries(plan.contacts)
  if (all.length === 0) return []
  return [
    '',
    'Contacts',
    ...all.map(
      ([key, { name, phone, email, link, text }]) =>
        `  ${key.padEnd(12)} ${[name, phone, email, link, text].filter((one) => one !== undefined).join(', ')}`,
    ),
  ]
}
