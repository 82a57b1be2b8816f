import type { Desired, DesiredMessage, Priority } from './kinds.ts'
import { START_NOTICE } from './desired-ops.ts'
import { post, update } from './messages.ts'
import { ensureChannel, furnish } from './own-channel.ts'
import { isClicked, type Means, type Pass } from './pass.ts'
import { pin, upload } from './pins-and-files.ts'

const ORDER: { readonly [P in Priority]: number } = { decision: 0, card: 1, board: 2, progress: 3 }

/** Changes of what exists: what was clicked first, then decisions, cards, board, progress. */
export async function changes(means: Means, pass: Pass): Promise<void> {
  const messages = pass.wanted
    .filter((one): one is DesiredMessage => one.kind === 'message')
    .filter(({ key }) => means.store.get(pass.state.id, key)?.ts !== undefined)
  const urgent = messages.filter((one) => one.priority === 'decision' || isClicked(pass, one))
  const others = messages
    .filter((one) => !urgent.includes(one))
    .toSorted((a, b) => ORDER[a.priority] - ORDER[b.priority])
  await Promise.all(urgent.map((one) => update(means, pass, one)))
  for (const one of others) await update(means, pass, one)
}

/** What does not exist yet, in order in each channel; then what was changed while it was being posted. */
export async function firstPosts(means: Means, pass: Pass): Promise<void> {
  const messages = pass.wanted.filter((one): one is DesiredMessage => one.kind === 'message')
  const others = [...new Set(messages.map(({ channel }) => channel))].filter((channel) => channel !== 'own')
  await Promise.all([ownChannel(means, pass), ...others.map((channel) => otherChannel(means, pass, channel))])
  for (const one of messages) await update(means, pass, one)
}

async function ownChannel(means: Means, pass: Pass): Promise<void> {
  const wanted = pass.wanted.find((one) => one.kind === 'channel')
  if (wanted?.kind !== 'channel') return
  const channel = await ensureChannel(means, pass, wanted)
  if (channel === null) return
  await furnish(means, pass, channel, wanted)
  for (const one of pass.wanted) {
    if (one.kind === 'pin') await pin(means, pass, one)
    if (one.kind !== 'message' || one.channel !== 'own' || one.onlyIfPosted === true) continue
    const thread = one.thread === undefined ? undefined : means.store.get(pass.state.id, one.thread)?.ts
    if (one.thread !== undefined && thread === undefined) continue
    const step = await post(means, pass, one, { channel, ...(thread === undefined ? {} : { thread }) })
    if (step === 'stop') return
  }
  for (const file of filesOf(pass.wanted)) await upload(means, pass, file)
}

const filesOf = (wanted: readonly Desired[]) => wanted.filter((one) => one.kind === 'file')

async function otherChannel(means: Means, pass: Pass, channel: string): Promise<void> {
  for (const one of pass.wanted) {
    if (one.kind !== 'message' || one.channel !== channel) continue
    const thread = one.thread === START_NOTICE ? firstIn(means, pass, channel) : undefined
    const step = await post(means, pass, one, { channel, ...(thread === undefined ? {} : { thread }) })
    if (step === 'stop') return
  }
}

/** The first notice of this cutover in a channel; without one, the first line that was said there. */
function firstIn(means: Means, pass: Pass, channel: string): string | undefined {
  const rows = means.store.all(pass.state.id).filter((row) => row.ts !== undefined && row.state === 'done')
  const notices = rows.filter(({ key }) => key.startsWith('notice/') && key.endsWith(`/${channel}`))
  const lines = rows.filter(({ key }) => key.startsWith(`ops/${channel}/`))
  return (notices.length > 0 ? notices : lines)
    .map(({ ts }) => ts ?? '')
    .toSorted()
    .at(0)
}
