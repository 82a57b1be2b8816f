import { z } from 'zod'
import type { WebhookCall } from '../app/notice-means.ts'
import type { PageState } from '../domain/plan.ts'
import { required, type Ask } from './shape.ts'
import type { Receiver } from './receivers.ts'
import { WebhookError } from './webhook-error.ts'

const API = 'https://api.statuspage.io'

/** The page knows four states of a maintenance; what the others mean stands in the text. */
const STATUS: { readonly [State in PageState]: string } = {
  scheduled: 'scheduled',
  'in progress': 'in_progress',
  extended: 'in_progress',
  verifying: 'verifying',
  completed: 'completed',
  'rolled back': 'completed',
  cancelled: 'completed',
}

const Incident = z.object({ id: z.string() })
const Incidents = z.array(
  z.object({
    id: z.string(),
    metadata: z
      .object({ cutover: z.object({ id: z.string() }).optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
)

/** One scheduled maintenance from its announcement to its end. Before one is made, the one of this cutover is looked for. */
export async function statuspage(
  message: WebhookCall,
  receiver: Receiver,
  ask: Ask,
): Promise<{ readonly id?: string }> {
  const { page } = message
  if (page === undefined) throw new Error('A status page is told a state.')
  const root = `${(receiver.url ?? API).replace(/\/+$/, '')}/v1/pages/${encodeURIComponent(required(message, receiver, 'page'))}`
  const headers = { authorization: `OAuth ${required(message, receiver, 'token')}` }
  const known = page.id ?? (await ownEvent(message, root, headers, ask))
  const incident = incidentOf(message, page, receiver, known === undefined)
  const answer = await ask({
    method: known === undefined ? 'POST' : 'PATCH',
    url: known === undefined ? `${root}/incidents` : `${root}/incidents/${encodeURIComponent(known)}`,
    headers,
    body: { incident },
    // Twice the same update is one update; what is new is looked for first, and not made twice in one go.
    mayRepeat: known !== undefined,
  })
  return { id: known ?? idIn(message, answer) }
}

function incidentOf(
  { cutover, notice, key }: WebhookCall,
  { state, start, end }: NonNullable<WebhookCall['page']>,
  receiver: Receiver,
  isNew: boolean,
): object {
  return {
    ...(isNew ? { name: notice.subject ?? `${cutover.live ? '' : '[REHEARSAL] '}${cutover.title}` } : {}),
    status: STATUS[state],
    body: notice.text,
    scheduled_for: new Date(start).toISOString(),
    scheduled_until: new Date(end).toISOString(),
    metadata: { cutover: { id: cutover.id, state, notice: key } },
    // The page would move on at the planned times by itself, whatever the cutover does.
    scheduled_auto_in_progress: false,
    scheduled_auto_completed: false,
    ...(isNew && receiver.components !== undefined ? { component_ids: receiver.components } : {}),
  }
}

/** One that was made, and whose answer was lost. */
async function ownEvent(
  { cutover, page }: WebhookCall,
  root: string,
  headers: { readonly authorization: string },
  ask: Ask,
): Promise<string | undefined> {
  const list = page?.state === 'scheduled' ? ['scheduled'] : ['scheduled', 'active_maintenance']
  for (const which of list) {
    const text = await ask({ method: 'GET', url: `${root}/incidents/${which}`, headers, mayRepeat: true })
    const found = Incidents.safeParse(parsed(text))
    const own = found.success
      ? found.data.find(({ metadata }) => metadata?.cutover?.id === cutover.id)
      : undefined
    if (own !== undefined) return own.id
  }
  return undefined
}

function idIn({ name }: WebhookCall, answer: string): string {
  const made = Incident.safeParse(parsed(answer))
  if (made.success) return made.data.id
  throw new WebhookError(
    `The webhook “${name}” took the event and did not say its id.`,
    'Look at the status page; then retry it, which finds the event, or skip it.',
    true,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
