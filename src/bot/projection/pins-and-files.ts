import { gunzipSync } from 'node:zlib'
import type { WebClient } from '@slack/web-api'
import type { SlackEffect } from '../../app/ports.ts'
import type { DesiredFile, DesiredPin } from './kinds.ts'
import { isElsewhere } from './elsewhere.ts'
import { findFile } from './own-posts.ts'
import { AWAY_MS, RETRY_MS, type Means, type Pass } from './pass.ts'
import { answerOf, type Answer } from './slack-answer.ts'

/** A log that has not come this long after its attempt ended will not come any more. */
const LOG_WAIT_MS = 10 * 60_000
const LOG_LOOK_MS = 5_000
const UPLOAD_MS = 60_000

/** Pins what stands under the key now; a message that was posted anew is pinned anew. */
export function pin(means: Means, pass: Pass, { key, message }: DesiredPin): Promise<void> {
  const { id } = pass.state
  return means.inTurn(id, key, async () => {
    const board = means.store.get(id, message)
    const row = means.store.get(id, key)
    if (board?.ts === undefined || board.channel === undefined || row?.contentHash === board.ts) return
    const answer = await answerOf(means.rest.pins.add({ channel: board.channel, timestamp: board.ts }))
    if (answer.kind === 'wait' || answer.kind === 'lost' || answer.kind === 'away') return later(pass, answer)
    const isPinned = answer.kind === 'done' || answer.error === 'already_pinned'
    await means.store.put({
      cutover: id,
      key,
      kind: 'pin',
      channel: board.channel,
      contentHash: board.ts,
      state: isPinned ? 'done' : 'failed',
      ...(answer.kind === 'refused' && !isPinned ? { error: answer.error } : {}),
    })
  })
}

function later(pass: Pass, answer: Exclude<Answer<unknown>, { kind: 'done' | 'refused' }>): void {
  const ms = { wait: 0, lost: RETRY_MS, away: AWAY_MS }[answer.kind]
  pass.again(answer.kind === 'wait' ? answer.ms : ms)
}

interface Place {
  readonly channel: string
  readonly thread: string
}

/** Uploads a masked log into the thread of its step, at most once. */
export function upload(means: Means, pass: Pass, file: DesiredFile): Promise<void> {
  const { id } = pass.state
  return means.inTurn(id, file.key, async () => {
    const row = means.store.get(id, file.key)
    const thread = means.store.get(id, file.thread)
    if (row?.state === 'done' || row?.state === 'failed') return
    if (thread?.ts === undefined || thread.channel === undefined) return
    const place = { channel: thread.channel, thread: thread.ts }
    if (row !== undefined && isElsewhere(means, row)) return pass.again(RETRY_MS)
    if (row?.state === 'sending' && (await wasUploaded(means, pass, { file, row, place }))) return
    const bytes = await logOf(means, pass, file)
    if (bytes === null || bytes.length === 0) return
    await sendOnce(means, pass, { file, place, bytes })
  })
}

/** True as well while nobody can look: then it is not uploaded either. */
async function wasUploaded(
  means: Means,
  pass: Pass,
  { file, row, place }: { readonly file: DesiredFile; readonly row: SlackEffect; readonly place: Place },
): Promise<boolean> {
  const sought = { cutover: pass.state.id, key: file.key, ...place, since: pass.state.openedAt }
  const found = await findFile(means.rest, sought, file.name)
  if (found.kind === 'refused') return false
  if (found.kind !== 'done') {
    later(pass, found)
    return true
  }
  if (found.value === null) return false
  await means.store.put({ ...row, state: 'done', ts: found.value })
  return true
}

/** The masked output of an attempt; its worker sends it a moment after the attempt has ended. */
async function logOf(means: Means, pass: Pass, file: DesiredFile): Promise<Buffer | null> {
  const zipped = await means.progress.output(file.attempt)
  if (zipped !== null) return gunzipSync(zipped)
  const endedAt = pass.state.attempts[file.attempt]?.endedAt ?? 0
  if (pass.now - endedAt < LOG_WAIT_MS) pass.again(LOG_LOOK_MS)
  return null
}

async function sendOnce(
  means: Means,
  pass: Pass,
  { file, place, bytes }: { readonly file: DesiredFile; readonly place: Place; readonly bytes: Buffer },
): Promise<void> {
  const begun = { cutover: pass.state.id, key: file.key, kind: 'file', channel: place.channel } as const
  if (!(await means.store.begin({ ...begun, state: 'sending' }))) return pass.again(RETRY_MS)
  const answer = await answerOf(send(means.rest, file, bytes, place))
  if (answer.kind === 'done') return means.store.put({ ...begun, state: 'done' })
  if (answer.kind === 'refused') {
    means.logger.warn({ cutover: begun.cutover, file: file.name, error: answer.error }, 'Slack refuses a log')
    return means.store.put({ ...begun, state: 'failed', error: answer.error })
  }
  later(pass, answer)
}

/** The three calls of an upload; the address that Slack gives gets the bytes and no token. */
async function send(client: WebClient, file: DesiredFile, bytes: Buffer, place: Place): Promise<void> {
  const { upload_url, file_id } = await client.files.getUploadURLExternal({
    filename: file.name,
    length: bytes.length,
  })
  if (upload_url === undefined || file_id === undefined) throw new Error('Slack gave no address for a file.')
  const sent = await fetch(upload_url, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
    signal: AbortSignal.timeout(UPLOAD_MS),
  })
  if (!sent.ok) throw new Error(`Slack did not take a file: HTTP ${sent.status}.`)
  await client.files.completeUploadExternal({
    files: [{ id: file_id, title: file.title }],
    channel_id: place.channel,
    thread_ts: place.thread,
  })
}
