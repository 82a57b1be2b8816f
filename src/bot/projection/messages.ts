import type { SlackEffect } from '../../app/ports.ts'
import type { DesiredMessage } from './kinds.ts'
import { isElsewhere } from './elsewhere.ts'
import { findPost, findPostAnywhere, metadataOf, type Place } from './own-posts.ts'
import {
  AWAY_MS,
  clientOf,
  isClicked,
  isShown,
  messageHash,
  priorityOf,
  RETRY_MS,
  type Means,
  type Pass,
} from './pass.ts'
import { answerOf, CHANNEL_GONE, MESSAGE_GONE, type Answer } from './slack-answer.ts'

/** Changes of one message that come closer together than this are sent as one; several cutovers share an allowance. */
const MERGE_MS = 3_000
const MERGE_BUSY_MS = 15_000

/** `stop`: what comes after it in its channel has to wait, or the order would be another one. */
export type Step = 'goes on' | 'stop'

/** Changes a message that exists, if it has to be changed and may be now. */
export function update(means: Means, pass: Pass, message: DesiredMessage): Promise<void> {
  const { state } = pass
  const id = `${state.id} ${message.key}`
  return means.inTurn(state.id, message.key, async () => {
    const row = means.store.get(state.id, message.key)
    const last = means.sent.get(id)
    if (row?.ts === undefined || row.channel === undefined || row.state === 'sending') return
    if (message.channel === 'own' && means.store.get(state.id, 'channel')?.state === 'failed') return
    if (isShown(row, message) || (last !== undefined && last.position > state.position)) return
    if (!means.leads()) return

    const waitMs = mergeWait(means, pass, message) || means.allowance.take(callOf(pass, message, row.channel))
    if (waitMs > 0) return pass.again(waitMs)
    const { text, blocks } = message.content
    means.sent.set(id, { at: means.clock(), position: state.position })
    const answer = await answerOf(
      clientOf(means, pass, message).chat.update({
        channel: row.channel,
        ts: row.ts,
        text,
        blocks: [...blocks],
      }),
    )
    // What did not arrive is no reason to wait with the next try.
    if (answer.kind !== 'done') means.sent.delete(id)
    await settleUpdate(means, pass, { message, row, answer })
  })
}

function mergeWait(means: Means, pass: Pass, message: DesiredMessage): number {
  if (message.priority === 'decision' || isClicked(pass, message)) return 0
  const last = means.sent.get(`${pass.state.id} ${message.key}`)
  if (last === undefined) return 0
  const merged = message.priority === 'card' || !pass.busy ? MERGE_MS : MERGE_BUSY_MS
  return Math.max(0, last.at + merged - means.clock())
}

const callOf = (pass: Pass, message: DesiredMessage, channel: string) =>
  ({ method: 'chat.update', channel, priority: priorityOf(pass, message) }) as const

async function settleUpdate(
  means: Means,
  pass: Pass,
  done: {
    readonly message: DesiredMessage
    readonly row: SlackEffect
    readonly answer: Awaited<ReturnType<typeof answerOf>>
  },
): Promise<void> {
  const { message, row, answer } = done
  switch (answer.kind) {
    case 'done': {
      const shown = { ...clean(row), state: 'done', contentHash: messageHash(message) } as const
      if (!(await means.store.settle(row, shown))) await settleLate(means, pass, shown)
      return
    }
    case 'wait':
      means.allowance.refused(callOf(pass, message, row.channel ?? ''), answer.ms)
      return pass.again(answer.ms)
    case 'away':
      return pass.again(AWAY_MS)
    case 'lost':
      return pass.again(RETRY_MS)
    case 'refused':
      return refusedUpdate(means, pass, { message, row, error: answer.error, details: answer.details })
  }
}

/**
 * Another process wrote meanwhile. Where the same message still stands there, it shows ours now, which may be older: that
 * is noted, so that the next look mends it. Where it was posted anew, ours is gone.
 */
async function settleLate(means: Means, pass: Pass, shown: SlackEffect): Promise<void> {
  const now = (await means.store.read(shown.cutover)).get(shown.key)
  if (now?.ts === shown.ts && now?.state === 'done') await means.store.settle(now, shown)
  pass.again(RETRY_MS)
}

const clean = ({ cutover, key, kind, channel, ts }: SlackEffect): Omit<SlackEffect, 'state'> => ({
  cutover,
  key,
  kind,
  ...(channel === undefined ? {} : { channel }),
  ...(ts === undefined ? {} : { ts }),
})

async function refusedUpdate(
  means: Means,
  pass: Pass,
  refused: {
    readonly message: DesiredMessage
    readonly row: SlackEffect
    readonly error: string
    readonly details: string
  },
): Promise<void> {
  const { message, row, error, details } = refused
  const { cutover, key, kind } = row
  if (MESSAGE_GONE.has(error)) {
    // Somebody deleted it by hand: it is posted again, unless it is only a trace of what was.
    means.logger.info({ cutover, key, error }, 'a message is gone; posting it again')
    if (message.onlyIfPosted === true) {
      return means.store.put({ ...clean(row), state: 'done', contentHash: messageHash(message), error })
    }
    // Another process may have posted it again already: then what is known here is old.
    const isGone = await means.store.settle(row, { cutover, key, kind, state: 'pending', error })
    return pass.again(isGone ? 0 : RETRY_MS)
  }
  if (CHANNEL_GONE.has(error)) return channelGone(means, pass, message, error)
  means.logger.error({ cutover, key, error, details }, 'Slack refuses a change of a message')
  await means.store.put({
    ...clean(row),
    state: 'failed',
    contentHash: messageHash(message),
    error: `${error} ${details}`,
  })
}

/** Archived or deleted by hand: said in the channel's own row, and what is meant for it waits there. */
async function channelGone(
  means: Means,
  { state }: Pass,
  message: DesiredMessage,
  error: string,
): Promise<void> {
  if (message.channel !== 'own') return
  const row = means.store.get(state.id, 'channel')
  if (row === undefined || row.state === 'failed') return
  means.logger.warn({ cutover: state.id, error }, 'the channel of a cutover cannot be used any more')
  await means.store.put({ ...row, state: 'failed', error })
}

export interface Target {
  /** An id, or a name with `#`. */
  readonly channel: string
  /** The `ts` of the message it hangs on. */
  readonly thread?: string
}

/** Posts a message that does not exist yet, at most once. */
export function post(means: Means, pass: Pass, message: DesiredMessage, target: Target): Promise<Step> {
  const { state } = pass
  return means.inTurn(state.id, message.key, async () => {
    const row = means.store.get(state.id, message.key)
    if (row?.ts !== undefined) return 'goes on'
    if (row?.state === 'failed' && row.contentHash === messageHash(message)) return 'goes on'
    if (!means.leads()) return 'stop'
    if (row?.state === 'sending') {
      const found = await lookFirst(means, pass, { message, row, target })
      if (found === 'stop') return 'stop'
      // Found: an update brings it up to date. Not found: it was never posted.
      if (found === 'found') return 'goes on'
    }
    const call = {
      method: 'chat.postMessage',
      channel: target.channel,
      priority: priorityOf(pass, message),
    } as const
    const waitMs = means.allowance.take(call)
    if (waitMs > 0) {
      pass.again(waitMs)
      return 'stop'
    }
    const begun = await means.store.begin({
      cutover: state.id,
      key: message.key,
      kind: message.kind,
      state: 'sending',
      channel: target.channel,
      contentHash: messageHash(message),
    })
    if (begun === null) {
      pass.again(RETRY_MS)
      return 'stop'
    }
    return send(means, pass, { message, target, begun })
  })
}

interface Sought {
  readonly message: DesiredMessage
  readonly row: SlackEffect
  readonly target: Target
}

/** Nobody knows whether it was posted: look for our own key before posting again. */
async function lookFirst(means: Means, pass: Pass, sought: Sought): Promise<'found' | 'not there' | 'stop'> {
  const { row } = sought
  if (isElsewhere(means, row)) {
    pass.again(RETRY_MS)
    return 'stop'
  }
  const answer = await lookAgain(means, pass, sought)
  if (answer.kind === 'done') {
    if (answer.value === null) return 'not there'
    const { error: _, contentHash: __, ...rest } = row
    await means.store.put({ ...rest, ...answer.value, state: 'done' })
    pass.again(0)
    return 'found'
  }
  // A channel whose history we may not read: better twice than never.
  if (answer.kind === 'refused') return 'not there'
  pass.again(answer.kind === 'wait' ? answer.ms : RETRY_MS)
  return 'stop'
}

async function lookAgain(
  means: Means,
  { state }: Pass,
  { message, row, target }: Sought,
): Promise<Answer<Place | null>> {
  const { cutover, key, channel = target.channel } = row
  const sought = { cutover, key, channel, since: state.openedAt }
  if (message.channel !== 'own') return findPostAnywhere(means.rest, sought)
  const thread = target.thread === undefined ? {} : { thread: target.thread }
  const found = await findPost(means.rest, { ...sought, ...thread })
  if (found.kind !== 'done' || found.value === null) return found.kind === 'done' ? NOWHERE : found
  return { kind: 'done', value: { channel, ts: found.value } }
}

const NOWHERE = { kind: 'done', value: null } as const

async function send(
  means: Means,
  pass: Pass,
  sending: { readonly message: DesiredMessage; readonly target: Target; readonly begun: SlackEffect },
): Promise<Step> {
  const { message, target, begun } = sending
  const { cutover, key } = begun
  const { text, blocks } = message.content
  means.sent.set(`${cutover} ${key}`, { at: means.clock(), position: pass.state.position })
  const answer = await answerOf(
    clientOf(means, pass, message).chat.postMessage({
      channel: target.channel,
      text,
      blocks: [...blocks],
      metadata: metadataOf(cutover, key),
      unfurl_links: false,
      unfurl_media: false,
      ...(target.thread === undefined ? {} : { thread_ts: target.thread }),
    }),
  )
  switch (answer.kind) {
    case 'done': {
      const { ts, channel = target.channel } = answer.value
      const posted = { ...begun, state: 'done', channel, ...(ts === undefined ? {} : { ts }) } as const
      // Whoever waited for it in vain has looked for it, and may even have posted another one.
      if (!(await means.store.settle(begun, posted))) pass.again(RETRY_MS)
      return 'goes on'
    }
    case 'lost':
      // The row says `sending`: the next pass looks for it.
      pass.again(RETRY_MS)
      return 'stop'
    case 'wait':
      means.allowance.refused(
        { method: 'chat.postMessage', channel: target.channel, priority: priorityOf(pass, message) },
        answer.ms,
      )
      await means.store.put({ ...begun, state: 'pending' })
      pass.again(answer.ms)
      return 'stop'
    case 'away':
      await means.store.put({ ...begun, state: 'pending', error: answer.error })
      pass.again(AWAY_MS)
      return 'stop'
    case 'refused':
      return refusedPost(means, pass, { message, begun, error: answer.error, details: answer.details })
  }
}

async function refusedPost(
  means: Means,
  pass: Pass,
  refused: {
    readonly message: DesiredMessage
    readonly begun: SlackEffect
    readonly error: string
    readonly details: string
  },
): Promise<Step> {
  const { message, begun, error, details } = refused
  if (CHANNEL_GONE.has(error) && message.channel === 'own') {
    await means.store.put({ ...begun, state: 'pending', error })
    await channelGone(means, pass, message, error)
    return 'stop'
  }
  means.logger.warn({ cutover: begun.cutover, key: begun.key, error, details }, 'Slack refuses a message')
  await means.store.put({ ...begun, state: 'failed', error: details === '' ? error : `${error} ${details}` })
  return 'goes on'
}
