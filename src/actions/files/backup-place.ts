import { mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { ActionFailure } from '../action.ts'
import { diskTrouble } from './room.ts'

const PRIVATE_FOLDER = 0o700

export const FileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'a file name has letters, digits and . _ - only')

export async function makeFolder(folder: string) {
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
  } catch (error) {
    throw writeFailure(error, `The backup folder ${folder} cannot be made`)
  }
}

interface Naming {
  readonly database: string
  readonly name?: string | undefined
  readonly stamp?: string | undefined
}

/** Never over an existing file: a retry in the same cutover bears the same stamp and gets a number. */
export async function freePath(folder: string, { database, name, stamp }: Naming): Promise<string> {
  if (name !== undefined) {
    const path = join(folder, name)
    if (!(await exists(path))) return path
    throw new ActionFailure(`There is already a file ${path}.`, {
      hint: 'Name another file, or leave `name` out: the stamp makes it unique.',
      changed: 'nothing was changed',
    })
  }
  const stem = `${basename(database)}.${stamp ?? stampOf(new Date())}`
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? `${stem}.bak` : `${stem}.${number}.bak`)
    if (!(await exists(path))) return path
  }
}

/** `20261120-021507`, UTC: sorts by time and is a safe part of a file name. */
export function stampOf(time: Date): string {
  return time.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)
}

export async function onOneDevice(folder: string, database: string): Promise<boolean> {
  return (await stat(folder)).dev === (await stat(database)).dev
}

/** For what a full disk, a quota or missing rights did to a file. */
export function writeFailure(cause: unknown, what: string): ActionFailure {
  return new ActionFailure(`${what}: ${diskTrouble(cause) ?? 'the system refuses it'}.`, {
    hint: 'Make room or correct the rights there, or name another folder.',
    changed: 'nothing was changed',
    cause,
  })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
