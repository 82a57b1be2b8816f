import { describe, expect, it } from 'vitest'
import type { CutoverLog, CutoverSummary, SlackEffect } from '../../src/app/ports.ts'
import { cutoverToActOn, cutoverToRead, makeChannels } from '../../src/bot/listeners/where.ts'

function place(channel: string, cutovers: readonly (Partial<CutoverSummary> & { readonly in?: string })[]) {
  const asked: string[] = []
  const all = cutovers.map((one, index) => ({
    id: `c${index + 1}`,
    title: 'Shop',
    environment: 'production',
    status: 'running' as const,
    ...one,
  }))
  const channels = makeChannels({
    async of(cutover): Promise<readonly SlackEffect[]> {
      asked.push(cutover)
      const found = all.find(({ id }) => id === cutover)?.in
      return found === undefined
        ? []
        : [{ cutover, key: 'channel', kind: 'channel', channel: found, state: 'done' }]
    },
  })
  const log = { list: async () => all } as unknown as CutoverLog
  return { log, channels, channel, asked }
}

describe('acting', () => {
  it('is about the cutover of the channel, also when it is over', async () => {
    expect(await cutoverToActOn(place('C2', [{ in: 'C1' }, { in: 'C2', status: 'closed' }]))).toEqual({
      ok: true,
      cutover: 'c2',
      here: true,
    })
  })

  it('goes by direct message while one cutover is open, and not while several are', async () => {
    expect(await cutoverToActOn(place('D1', [{}, { status: 'closed' }]))).toEqual({
      ok: true,
      cutover: 'c1',
      here: false,
    })
    expect(await cutoverToActOn(place('D1', [{}, {}]))).toMatchObject({ ok: false })
  })

  it('in any other channel is told where to go', async () => {
    expect(await cutoverToActOn(place('C9', [{ in: 'C1' }, {}]))).toEqual({
      ok: false,
      text: expect.stringMatching(/<#C1> — Shop · production\n• its channel is not made yet; the CLI serves/),
    })
    expect(await cutoverToActOn(place('C9', []))).toMatchObject({
      text: expect.stringContaining('/cutover start'),
    })
  })
})

describe('looking', () => {
  it('goes anywhere while one cutover is open', async () => {
    expect(await cutoverToRead(place('C9', [{ in: 'C1' }]))).toEqual({ ok: true, cutover: 'c1', here: false })
    expect(await cutoverToRead(place('C9', [{ in: 'C1' }, { in: 'C2' }]))).toMatchObject({ ok: false })
  })

  it('asks about a cutover that is over once only', async () => {
    const here = place('C9', [{ in: 'C1' }, { in: 'C2', status: 'closed' }])
    await cutoverToRead(here)
    await cutoverToRead(here)
    expect(here.asked.filter((id) => id === 'c2')).toHaveLength(1)
  })
})
