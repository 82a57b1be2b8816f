import type { SlackEffect } from '../../app/ports.ts'
import { isOver } from '../../domain/lookup.ts'
import { marker, REPLACED, type DesiredChannel } from './kinds.ts'
import { isElsewhere } from './elsewhere.ts'
import { findChannel } from './own-posts.ts'
import { AWAY_MS, hashOf, RETRY_MS, type Means, type Pass } from './pass.ts'
import { answerOf, type Answer } from './slack-answer.ts'

/** The cutover's own channel: made once, found again by its purpose, kept as it should be. */

const NAME_MAX = 80
const NAMES_MAX = 20
const INVITED_MAX = 100

/** Its id, when it can be posted to now. */
export async function ensureChannel(
  means: Means,
  pass: Pass,
  wanted: DesiredChannel,
): Promise<string | null> {
  return means.inTurn(pass.state.id, 'channel', async () => {
    const row = means.store.get(pass.state.id, 'channel')
    if (row?.channel !== undefined && row.state === 'done') return row.channel
    if (row?.state === 'failed') return lookAgain(means, pass, row, wanted)
    if (row !== undefined && isElsewhere(means, row)) {
      pass.again(RETRY_MS)
      return null
    }
    const found = row?.state === 'sending' ? await search(means, pass, wanted) : null
    if (found === 'stop') return null
    return found ?? create(means, pass, wanted)
  })
}

/** Its making was interrupted: a channel with our marker, or made by us under our name and not described yet. */
async function search(means: Means, pass: Pass, wanted: DesiredChannel): Promise<string | 'stop' | null> {
  const { id } = pass.state
  const self = await means.self()
  const names = namesOf(wanted.name)
  const answer = await findChannel(
    means.rest,
    (channel) =>
      !channel.isArchived &&
      (channel.purpose.includes(marker(id)) ||
        (names.includes(channel.name) && channel.creator === self && channel.purpose === '')),
  )
  if (answer.kind !== 'done') {
    pass.again(answer.kind === 'wait' ? answer.ms : RETRY_MS)
    return 'stop'
  }
  if (answer.value === null) return null
  await means.store.put({ ...rowOf(id), state: 'done', channel: answer.value.id })
  return answer.value.id
}

const rowOf = (cutover: string) => ({ cutover, key: 'channel', kind: 'channel' })

/** The name as rendered, then with -2, -3…: somebody else's channel is never taken over. */
const namesOf = (name: string): readonly string[] =>
  Array.from({ length: NAMES_MAX }, (_, index) => {
    const suffix = index === 0 ? '' : `-${index + 1}`
    return `${name.slice(0, NAME_MAX - suffix.length)}${suffix}`
  })

async function create(means: Means, pass: Pass, wanted: DesiredChannel): Promise<string | null> {
  const { id } = pass.state
  if (!(await means.store.begin({ ...rowOf(id), state: 'sending' }))) {
    pass.again(RETRY_MS)
    return null
  }
  for (const name of namesOf(wanted.name)) {
    const answer = await answerOf(means.rest.conversations.create({ name, is_private: wanted.isPrivate }))
    if (answer.kind === 'refused' && answer.error === 'name_taken') continue
    const channel = answer.kind === 'done' ? answer.value.channel?.id : undefined
    if (channel !== undefined) {
      await means.store.put({ ...rowOf(id), state: 'done', channel })
      means.logger.info({ cutover: id, channel, name }, 'channel made')
      return channel
    }
    await notCreated(means, pass, answer)
    return null
  }
  await failed(means, id, `name_taken: ${wanted.name} and ${NAMES_MAX - 1} names after it`)
  return null
}

async function notCreated(means: Means, pass: Pass, answer: Answer<unknown>): Promise<void> {
  const { id } = pass.state
  switch (answer.kind) {
    case 'wait':
    case 'away':
      await means.store.put({ ...rowOf(id), state: 'pending' })
      return pass.again(answer.kind === 'wait' ? answer.ms : AWAY_MS)
    case 'refused':
      return failed(means, id, `${answer.error} ${answer.details}`.trim())
    case 'lost':
    case 'done':
      return pass.again(RETRY_MS)
  }
}

async function failed(means: Means, cutover: string, error: string): Promise<void> {
  means.logger.error({ cutover, error }, 'the channel of a cutover cannot be made')
  await means.store.put({ ...rowOf(cutover), state: 'failed', error })
}

/**
 * People may have brought it back, or allowed what was not allowed. While the cutover goes on it needs a channel: one
 * that was deleted is replaced at once, one that was archived when nobody has brought it back by the next look.
 */
async function lookAgain(
  means: Means,
  pass: Pass,
  row: SlackEffect,
  wanted: DesiredChannel,
): Promise<string | null> {
  const id = `gone ${pass.state.id}`
  const last = means.sent.get(id)
  const now = means.clock()
  if (last !== undefined && now - last.at < means.handsMs) return null
  means.sent.set(id, { at: now, position: 0 })
  pass.again(means.handsMs)
  if (row.channel === undefined) return last === undefined ? null : create(means, pass, wanted)
  const answer = await answerOf(means.rest.conversations.info({ channel: row.channel }))
  if (answer.kind !== 'done' && answer.kind !== 'refused') return null
  const channel = answer.kind === 'done' ? answer.value.channel : undefined
  if (channel !== undefined && channel.is_archived !== true && channel.is_member !== false) {
    const { error: _, ...rest } = row
    await means.store.put({ ...rest, state: 'done' })
    return row.channel
  }
  const isForGood = channel === undefined || last !== undefined
  return isForGood && !isOver(pass.state.status) ? replace(means, pass, row.channel, wanted) : null
}

/** What stood in the lost channel is forgotten, so that it is shown anew in the next one. */
async function replace(means: Means, pass: Pass, lost: string, wanted: DesiredChannel): Promise<null> {
  const { id } = pass.state
  for (const { key, kind, channel } of means.store.all(id)) {
    const isThere = key !== 'channel' && (channel === lost || key.startsWith('channel/'))
    if (isThere) await means.store.put({ cutover: id, key, kind, state: 'pending' })
  }
  await means.store.put({ cutover: id, key: REPLACED, kind: 'channel', state: 'done', channel: lost })
  means.logger.warn({ cutover: id, lost }, 'the channel of a cutover was lost; making another one')
  await create(means, pass, wanted)
  means.sent.delete(`gone ${id}`)
  // What this pass wants to show does not know of it yet.
  pass.again(0)
  return null
}

/** Purpose, topic, members and bookmarks: each is set when it is another one than what was set last. */
export async function furnish(
  means: Means,
  pass: Pass,
  channel: string,
  wanted: DesiredChannel,
): Promise<void> {
  const { rest } = means
  await set(means, pass, 'purpose', wanted.purpose, () =>
    rest.conversations.setPurpose({ channel, purpose: wanted.purpose }),
  )
  await set(means, pass, 'members', wanted.members, () => invite(means, pass, channel, wanted.members))
  await set(means, pass, 'topic', wanted.topic, () =>
    rest.conversations.setTopic({ channel, topic: wanted.topic }),
  )
  await set(means, pass, 'bookmarks', wanted.bookmarks, () => bookmark(means, channel, wanted))
}

async function set(
  means: Means,
  pass: Pass,
  name: string,
  value: unknown,
  act: () => Promise<unknown>,
): Promise<void> {
  const key = `channel/${name}`
  const { id } = pass.state
  await means.inTurn(id, key, async () => {
    const row = means.store.get(id, key)
    const contentHash = hashOf(value)
    if (row?.contentHash === contentHash && row.state !== 'sending') return
    const begun: SlackEffect = { cutover: id, key, kind: 'channel', contentHash, state: 'sending' }
    const isBusy = row !== undefined && isElsewhere(means, row)
    if (isBusy || !(await means.store.begin(begun))) return pass.again(RETRY_MS)
    const answer = await answerOf(act())
    if (answer.kind === 'wait' || answer.kind === 'lost' || answer.kind === 'away') {
      return pass.again(answer.kind === 'wait' ? answer.ms : RETRY_MS)
    }
    const refused = answer.kind === 'refused' ? { error: answer.error } : {}
    if (answer.kind === 'refused') {
      means.logger.warn({ cutover: id, name, error: answer.error }, 'Slack refuses a part of the channel')
    }
    const state = answer.kind === 'refused' ? 'failed' : 'done'
    await means.store.put({ ...begun, state, ...refused })
  })
}

const HARMLESS: ReadonlySet<string> = new Set(['already_in_channel', 'cant_invite_self', 'cant_invite'])

/** Whoever is in already is no matter; one bad id must not keep out the others. */
async function invite(means: Means, pass: Pass, channel: string, members: readonly string[]): Promise<void> {
  const present = await means.rest.conversations.members({ channel, limit: 1_000 })
  const missing = members.filter((one) => !(present.members ?? []).includes(one))
  if (missing.length === 0) return
  const users = missing.slice(0, INVITED_MAX).join(',')
  const answer = await answerOf(means.rest.conversations.invite({ channel, users, force: true }))
  if (answer.kind === 'refused' && !HARMLESS.has(answer.error)) {
    means.logger.warn(
      { cutover: pass.state.id, users, error: answer.error },
      'some people could not be invited; they can be by hand',
    )
    return
  }
  if (answer.kind !== 'done' && answer.kind !== 'refused') {
    await means.rest.conversations.invite({ channel, users, force: true })
  }
}

async function bookmark(means: Means, channel: string, wanted: DesiredChannel): Promise<void> {
  if (wanted.bookmarks.length === 0) return
  const { bookmarks = [] } = await means.rest.bookmarks.list({ channel_id: channel })
  for (const { title, url } of wanted.bookmarks) {
    const exists = bookmarks.some((one) => one.title === title && one.link === url)
    if (!exists) await means.rest.bookmarks.add({ channel_id: channel, title, type: 'link', link: url })
  }
}
