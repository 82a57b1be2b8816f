import { describe, expect, it } from 'vitest'
import { endEverything, makeEndings } from '../../../src/cli/local/endings.ts'

describe('endings', () => {
  it('end what was started last first, once, and a failing one stops none', async () => {
    const endings = makeEndings()
    const ended: string[] = []
    endings.add({ end: async () => void ended.push('database') })
    endings.add({ end: () => Promise.reject(new Error('it would not end')) })
    endings.add({ end: async () => void ended.push('worker') })

    await expect(endings.endAll()).rejects.toThrow('it would not end')
    await endings.endAll().catch(() => undefined)

    expect(ended).toEqual(['worker', 'database'])
  })

  it('end also what is only being started when the end is asked for', async () => {
    const endings = makeEndings()
    const ended: string[] = []
    endings.add({ end: async () => void ended.push('early') })
    const starting = new Promise<void>((resolve) =>
      setTimeout(() => {
        endings.add({ end: async () => void ended.push('late') })
        resolve()
      }, 20),
    )

    await endEverything(endings, starting)

    expect(ended).toEqual(['early', 'late'])
  })

  it('kill what has not ended yet, the one that is ending included', async () => {
    const endings = makeEndings()
    const killed: string[] = []
    endings.add({ end: async () => undefined, kill: () => void killed.push('database') })
    endings.add({ end: () => new Promise(() => undefined), kill: () => void killed.push('worker') })
    void endings.endAll()

    endings.killAll()

    expect(killed).toEqual(['worker', 'database'])
  })
})
