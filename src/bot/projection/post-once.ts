import { NoticeFailure, type NoticeMeans } from '../../app/notice-means.ts'
import type { CutoverLog, SlackEffect } from '../../app/ports.ts'
import { isElsewhere } from './elsewhere.ts'
import { findPostAnywhere, metadataOf } from './own-posts.ts'
import { hashOf, type Means } from './pass.ts'
import { answerOf, type Answer } from './slack-answer.ts'

export type PostOnce = NoticeMeans['post']

/**
 * Notices: text as it was rendered, posted once under its key. After a lost answer the next call looks for its own
 * post first. Throws {@link NoticeFailure} when Slack refuses it for good, another error when it should be tried again.
 */
export function makePostOnce(means: Means, log: CutoverLog): PostOnce {
  return (notice) =>
    means.inTurn(notice.cutover, notice.key, async () => {
      const { cutover, key, channel, text } = notice
      await means.store.read(cutover)
      const row = means.store.get(cutover, key)
      if (row?.state === 'done') return
      if (row?.state === 'sending' && (await wasPosted(means, log, row, channel))) return
      if (row !== undefined && isElsewhere(means, row)) throw beingPosted(channel)

      const begun = await means.store.begin({
        cutover,
        key,
        kind: 'notice',
        state: 'sending',
        channel,
        contentHash: hashOf(text),
      })
      if (begun === null) throw beingPosted(channel)
      const answer = await answerOf(
        means.urgent.chat.postMessage({
          channel,
          text,
          parse: 'none',
          link_names: false,
          metadata: metadataOf(cutover, key),
          unfurl_links: false,
          unfurl_media: false,
        }),
      )
      await settle(means, begun, answer)
    })
}

const beingPosted = (channel: string): Error =>
  new Error(`Another process is posting the notice for ${channel}; what came of it is seen next time.`)

async function settle(
  means: Means,
  begun: SlackEffect,
  answer: Answer<{ readonly ts?: string; readonly channel?: string }>,
): Promise<void> {
  switch (answer.kind) {
    case 'done': {
      const { ts, channel = begun.channel } = answer.value
      await means.store.settle(begun, {
        ...begun,
        state: 'done',
        ...(channel === undefined ? {} : { channel }),
        ...(ts === undefined ? {} : { ts }),
      })
      return
    }
    case 'refused':
      await means.store.put({ ...begun, state: 'failed', error: answer.error })
      throw new NoticeFailure(
        `Slack does not take the notice for ${begun.channel}: ${answer.error}.`,
        hintFor(answer.error),
      )
    case 'wait':
    case 'away':
      await means.store.put({
        ...begun,
        state: 'pending',
        error: answer.kind === 'away' ? answer.error : 'ratelimited',
      })
      throw new Error(`Slack does not answer now; the notice for ${begun.channel} follows.`)
    case 'lost':
      throw new Error(
        `Nobody knows whether the notice for ${begun.channel} was posted; it is looked for first.`,
      )
  }
}

function hintFor(error: string): string {
  switch (error) {
    case 'channel_not_found':
    case 'not_in_channel':
      return 'Check the name in the runbook, and invite the app if the channel is private. Then retry it or skip it.'
    case 'is_archived':
      return 'Unarchive the channel or name another one. Then retry it or skip it.'
    default:
      return 'Retry it, or post it by hand and skip it.'
  }
}

/** Looks through the channel for our own post. */
async function wasPosted(means: Means, log: CutoverLog, row: SlackEffect, channel: string): Promise<boolean> {
  const since = (await log.load(row.cutover))?.state.openedAt ?? 0
  const { cutover, key } = row
  const found = await findPostAnywhere(means.rest, { cutover, key, channel, since })
  if (found.kind === 'wait' || found.kind === 'lost' || found.kind === 'away') throw notSeen(channel)
  if (found.kind !== 'done' || found.value === null) return false
  const { error: _, ...rest } = row
  await means.store.put({ ...rest, ...found.value, state: 'done' })
  return true
}

const notSeen = (channel: string): Error =>
  new Error(`Whether the notice for ${channel} was posted cannot be seen now; it is looked for again.`)
