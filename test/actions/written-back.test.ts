import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writtenBack } from '../../src/actions/files/written-back.ts'
import { temporaryFolder } from '../support/attempt.ts'

const MORE = Buffer.alloc(9 << 20, 'x')
const PATIENCE = { timeout: 20_000, interval: 20 }

let folder: ReturnType<typeof temporaryFolder>
let handle: FileHandle
beforeEach(async () => {
  folder = temporaryFolder()
  handle = await open(folder.path)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await handle.close()
  folder.remove()
})

/** How often the disk was asked to take a part, and the whole, of any file. */
function watchTheDisk() {
  const handles: FileHandle = Object.getPrototypeOf(handle)
  return { parts: vi.spyOn(handles, 'datasync'), whole: vi.spyOn(handles, 'sync') }
}

describe('what another program writes', () => {
  it('is handed to the disk while it grows, and whole when the program has ended', async () => {
    const disk = watchTheDisk()
    const path = join(folder.path, 'dump')
    const ended = new AbortController()
    const onDisk = writtenBack(path, ended.signal)
    writeFileSync(path, MORE)
    await vi.waitFor(() => expect(disk.parts).toHaveBeenCalledTimes(1), PATIENCE)
    appendFileSync(path, MORE)
    await vi.waitFor(() => expect(disk.parts).toHaveBeenCalledTimes(2), PATIENCE)
    expect(disk.whole).not.toHaveBeenCalled()

    ended.abort()
    await onDisk

    expect(disk.whole).toHaveBeenCalledTimes(1)
  })

  it('is a folder too: every file of it, and the folder itself', async () => {
    const disk = watchTheDisk()
    const path = join(folder.path, 'folder')
    mkdirSync(path)
    for (const name of ['toc.dat', '1.dat.gz', '2.dat.gz']) writeFileSync(join(path, name), 'rows')

    await writtenBack(path, AbortSignal.abort())

    expect(disk.whole).toHaveBeenCalledTimes(4)
  })

  it('is not said to be on a disk that failed, whether in the middle or at the end', async () => {
    const disk = watchTheDisk()
    const path = join(folder.path, 'dump')
    writeFileSync(path, MORE)
    const failure = Object.assign(new Error('i/o error'), { code: 'EIO' })
    const ended = new AbortController()
    disk.parts.mockRejectedValueOnce(failure)

    await expect(writtenBack(path, ended.signal)).rejects.toBe(failure)
    disk.whole.mockRejectedValueOnce(failure)
    await expect(writtenBack(path, AbortSignal.abort())).rejects.toBe(failure)
  })
})
