import type { SlackEffect } from '../../app/ports.ts'
import { isOver } from '../../domain/lookup.ts'
import type { DesiredMessage } from './kinds.ts'
import type { Means, Pass } from './pass.ts'
import { answerOf } from './slack-answer.ts'

const PAGE = 200
/** A message that was posted a moment ago may not be in the history yet. */
const NEW_MS = 10_000

/**
 * Messages that somebody deleted by hand are posted again: a change of them would be refused, but a question that never
 * changes would be asked nobody any more. Looks through the newest messages of the channel now and then.
 */
export async function lookForDeleted(means: Means, pass: Pass): Promise<void> {
  const { state } = pass
  const channel = means.store.get(state.id, 'channel')
  if (isOver(state.status) || channel?.channel === undefined || channel.state !== 'done') return
  if (!isTime(means, state.id)) return
  const shown = pass.wanted.filter((one) => one.kind === 'message').filter((one) => isShown(means, pass, one))
  const missing = await missingFrom(
    means,
    channel.channel,
    shown.map(({ key }) => rowOf(means, pass, key)),
  )
  for (const row of missing) {
    const { key, kind } = row
    means.logger.info({ cutover: state.id, key }, 'a message was deleted by hand; posting it again')
    // Unless another process was faster, and it stands there anew already.
    await means.store.settle(row, { cutover: state.id, key, kind, state: 'pending', error: 'deleted' })
  }
  if (missing.length > 0) pass.again(0)
}

const rowOf = (means: Means, { state }: Pass, key: string): SlackEffect | undefined =>
  means.store.get(state.id, key)

/** Those of the rows that are not among the newest messages, although they would have to be. */
async function missingFrom(
  means: Means,
  channel: string,
  rows: readonly (SlackEffect | undefined)[],
): Promise<readonly SlackEffect[]> {
  if (rows.length === 0) return []
  const answer = await answerOf(means.rest.conversations.history({ channel, limit: PAGE }))
  if (answer.kind !== 'done') return []
  const { messages = [], has_more: more } = answer.value
  const present = new Set(messages.map(({ ts }) => ts))
  const from = more === true ? (messages.at(-1)?.ts ?? '') : ''
  return rows.filter((row) => row !== undefined).filter(({ ts = '' }) => ts >= from && !present.has(ts))
}

function isTime(means: Means, cutover: string): boolean {
  const id = `deleted ${cutover}`
  const now = means.clock()
  const last = means.sent.get(id)
  if (last !== undefined && now - last.at < means.handsMs) return false
  means.sent.set(id, { at: now, position: 0 })
  return true
}

/** What stands in the channel and is still meant to be read there. */
function isShown(means: Means, { state }: Pass, message: DesiredMessage): boolean {
  const isOwn = message.channel === 'own' && message.thread === undefined
  if (!isOwn || message.settled === true || message.onlyIfPosted === true) return false
  const last = means.sent.get(`${state.id} ${message.key}`)
  const row = means.store.get(state.id, message.key)
  return (
    row?.state === 'done' && (last === undefined || means.clock() - last.at > Math.min(NEW_MS, means.handsMs))
  )
}
