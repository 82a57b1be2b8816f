import { WebAPIPlatformError, type WebClient } from '@slack/web-api'
import type { Button, ModalView } from '@slack/types'
import { actions, section } from '../blocks.ts'
import { done, say, type Reply } from './reply.ts'

/** A trigger lives for three seconds and works once; Slack says it in several ways. */
const GONE: readonly string[] = [
  'expired_trigger_id',
  'trigger_expired',
  'exchanged_trigger_id',
  'trigger_exchanged',
]

/** Opens a modal. When its moment has passed, the answer brings a button that opens it: nobody has to begin anew. */
export async function openForm(
  client: WebClient,
  given: { readonly trigger: string; readonly view: ModalView; readonly again?: Button },
): Promise<Reply> {
  const opened = await openView(client, given)
  return opened.ok ? done() : opened.reply
}

export type OpenedView =
  | { readonly ok: true; readonly view: string }
  | { readonly ok: false; readonly reply: Reply }

export async function openView(
  client: WebClient,
  { trigger, view, again }: { readonly trigger: string; readonly view: ModalView; readonly again?: Button },
): Promise<OpenedView> {
  try {
    const { view: opened } = await client.views.open({ trigger_id: trigger, view })
    return { ok: true, view: opened?.id ?? '' }
  } catch (error) {
    if (!(error instanceof WebAPIPlatformError) || !GONE.includes(error.data.error)) throw error
    const text =
      'Slack lets a form open within three seconds only, and they have passed. Nothing was recorded.'
    return { ok: false, reply: say(text, [section(text), ...actions(again === undefined ? [] : [again])]) }
  }
}
