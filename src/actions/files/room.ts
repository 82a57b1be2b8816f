import { statfs } from 'node:fs/promises'
import { ActionFailure } from '../action.ts'
import { bytes } from '../wording.ts'

/** A file system needs some air of its own, and a log beside ours goes on writing. */
const MARGIN = 1.05

/** Refuses where a folder's disk cannot take `needed` bytes; it says how many are there. */
export async function requireRoom(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const wanted = Math.ceil(needed * MARGIN)
  if (free >= wanted) return
  throw new ActionFailure(`The disk of ${folder} has ${bytes(free)} free and ${bytes(wanted)} are needed.`, {
    hint: 'Make room there, or name a folder on another disk.',
    changed: 'nothing was changed',
  })
}

/** What a full or failing disk gives while something is written, as a sentence; undefined for any other error. */
export function diskTrouble(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return TROUBLE[code]
}

const TROUBLE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'the file would be larger than this user may write',
  EROFS: 'the disk is mounted read-only',
  EIO: 'the disk gives an error',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOTDIR: 'a part of the path is no folder',
}
