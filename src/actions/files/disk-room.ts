import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ActionFailure } from '../action.ts'

/** Free and total bytes of the disk that a path lies on, for somebody without privileges. */
export function roomAt(path: string): { readonly free: number; readonly total: number } {
  const there = existingParent(path)
  try {
    const { bavail, blocks, bsize } = statfsSync(there)
    return { free: bavail * bsize, total: Math.max(1, blocks * bsize) }
  } catch (cause) {
    throw new ActionFailure(`The disk of ${path} cannot be looked at.`, {
      hint: 'Check the path and that the worker may read it.',
      changed: 'nothing was changed',
      cause,
    })
  }
}

const existingParent = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existingParent(dirname(path))
