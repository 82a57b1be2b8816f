import type { CutoverLog, CutoverSummary, SlackEffects } from '../../app/ports.ts'
import { isOver } from '../../domain/lookup.ts'
import { value } from '../views/words.ts'

/** Which cutover a word is about: the one whose channel it was typed in. */
export type Found =
  | {
      readonly ok: true
      readonly cutover: string
      /** It was said in the cutover's own channel. */
      readonly here: boolean
    }
  | { readonly ok: false; readonly text: string }

interface Place {
  readonly log: CutoverLog
  readonly channels: Channels
  readonly channel: string
}

/** Which channel a cutover has. */
export interface Channels {
  of(cutover: Pick<CutoverSummary, 'id' | 'status'>): Promise<string | undefined>
}

export function makeChannels(effects: Pick<SlackEffects, 'of'>): Channels {
  // A cutover that is over keeps its channel, so a long history is read once.
  const ended = new Map<string, string | undefined>()
  return {
    async of({ id, status }) {
      if (ended.has(id)) return ended.get(id)
      const channel = (await effects.of(id)).find(({ key }) => key === 'channel')?.channel
      if (isOver(status)) ended.set(id, channel)
      return channel
    },
  }
}

/** To look: the cutover of this channel, or the only open one. */
export async function cutoverToRead(place: Place): Promise<Found> {
  const { here, open } = await survey(place)
  if (here !== undefined) return { ok: true, cutover: here, here: true }
  const [only, ...others] = open
  if (only !== undefined && others.length === 0) return { ok: true, cutover: only.id, here: false }
  return {
    ok: false,
    text:
      only === undefined
        ? NONE_OPEN
        : await listText(place, 'Several are open. Ask in the channel of one', open),
  }
}

/** To act: the cutover of this channel only. Before a channel is made, a direct message serves while one is open. */
export async function cutoverToActOn(place: Place): Promise<Found> {
  const { here, open } = await survey(place)
  if (here !== undefined) return { ok: true, cutover: here, here: true }
  const [only, ...others] = open
  if (only === undefined) return { ok: false, text: NONE_OPEN }
  const isDirect = place.channel.startsWith('D')
  if (isDirect && others.length === 0) return { ok: true, cutover: only.id, here: false }
  const text = await listText(
    place,
    'This is not the channel of a cutover, so nothing was recorded. Say it in',
    open,
  )
  return { ok: false, text }
}

const NONE_OPEN = 'No cutover is open. `/cutover start` opens one.'

async function survey({ log, channels, channel }: Place) {
  const all = await log.list()
  const open = all.filter(({ status }) => !isOver(status))
  // Open ones first: those are what people talk about, and there are few of them.
  for (const one of [...open, ...all.filter(({ status }) => isOver(status))]) {
    if ((await channels.of(one)) === channel) return { here: one.id, open }
  }
  return { here: undefined, open }
}

async function listText({ channels }: Place, lead: string, open: readonly CutoverSummary[]): Promise<string> {
  const lines = await Promise.all(
    open.slice(0, 10).map(async (one) => {
      const { title, environment } = one
      const channel = await channels.of(one)
      const where =
        channel === undefined ? 'its channel is not made yet; the CLI serves until then' : `<#${channel}>`
      return `• ${where} — ${value(title, 80)} · ${value(environment, 40)}`
    }),
  )
  return `${lead}:\n${lines.join('\n')}`
}
