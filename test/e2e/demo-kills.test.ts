import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { processesOf, startDemo, type RunningDemo } from '../support/demo.ts'

let folder: string
let demo: RunningDemo | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-demo-kills-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => demo?.kill())

async function processOf(running: RunningDemo, words: string): Promise<number> {
  for (;;) {
    const found = processesOf(running.folder()).find(({ command }) => command.includes(`main.js ${words}`))
    if (found !== undefined) return found.pid
    await sleep(20)
  }
}

describe('kill -9 in the middle of the demo', () => {
  it('of serve before the decision and of the worker during the copy: it ends well, and the log says what happened', async () => {
    const report = join(folder, 'report')
    demo = startDemo(['--rows', '150000', '--report', report])

    await demo.until(/▶ Trial backup/)
    const serve = await processOf(demo, 'serve')
    process.kill(serve, 'SIGKILL')
    await demo.until(/serve has ended by signal SIGKILL; it is started again/)
    await demo.until(/▶ Copy the data/)
    const worker = await processOf(demo, 'worker')
    process.kill(worker, 'SIGKILL')
    const killedAt = Date.now()
    await demo.until(/worker ward-db has ended by signal SIGKILL; it is started again/)
    expect(await processOf(demo, 'worker')).not.toBe(worker)
    expect(Date.now() - killedAt).toBeLessThan(5000)

    expect(await demo.ended, demo.told()).toBe(0)

    const events = readFileSync(join(report, 'events.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; data: string; actor: string })
    const ofTheCopy = events.filter(
      ({ type, data }) => type.startsWith('attempt') && data.includes('.copy.1'),
    )
    expect(ofTheCopy.filter(({ type }) => type === 'attempt spawning')).toHaveLength(1)
    expect(ofTheCopy.at(-1)).toMatchObject({ type: 'attempt ended' })
    expect(ofTheCopy.at(-1)?.data).toContain('"succeeded"')
    // A copy that ends before the next worker looks has nothing left to adopt; its result is told by that worker.
    const toldBy = ofTheCopy.at(-1)?.actor
    const claimedBy = ofTheCopy.find(({ type }) => type === 'attempt claimed')?.actor
    expect(toldBy).not.toBe(claimedBy)
    expect(processesOf(demo.folder())).toEqual([])
  })
})

describe('Ctrl-C in the middle of the demo', () => {
  it('cancels what runs and leaves nothing behind', async () => {
    demo = startDemo(['--rows', '150000'])
    await demo.until(/▶ Copy the data/)
    expect(processesOf(demo.folder()).length).toBeGreaterThan(4)

    process.kill(demo.pid, 'SIGINT')

    expect(await demo.ended).toBe(130)
    expect(demo.told()).toMatch(/Copy the data was cancelled/)
    expect(processesOf(demo.folder())).toEqual([])
    expect(() => statSync(demo!.folder())).toThrow('ENOENT')
  })

  it('twice ends at once', async () => {
    demo = startDemo(['--rows', '20000'])
    await demo.until(/▶ Trial backup/)

    process.kill(demo.pid, 'SIGINT')
    await demo.until(/ends: cancels what runs/)
    process.kill(demo.pid, 'SIGINT')
    const toldAt = Date.now()

    expect(await demo.ended).toBe(130)
    expect(Date.now() - toldAt).toBeLessThan(5000)
    await expect.poll(() => processesOf(demo!.folder()), { timeout: 5000 }).toEqual([])
    expect(() => statSync(demo!.folder())).toThrow('ENOENT')
  })

  it('while it is only being started leaves nothing behind either', async () => {
    demo = startDemo(['--rows', '20000'])
    await demo.until(/Folder/)

    process.kill(demo.pid, 'SIGTERM')

    expect(await demo.ended).toBe(130)
    expect(processesOf(demo.folder())).toEqual([])
  })
})
