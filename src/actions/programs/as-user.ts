import { chown, copyFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Program, ProgramPlace } from '../action.ts'

/**
 * A program as the user whom commands of steps run under, where there is one: what lies ready for it in its folder is
 * theirs then. Otherwise as it is.
 */
export async function asUser(program: Program, { runAs, folder }: ProgramPlace): Promise<Program> {
  if (runAs === undefined) return program
  const { uid, gid } = runAs
  for (const name of await readdir(folder)) await chown(join(folder, name), uid, gid)
  await chown(folder, uid, gid)
  return { ...program, as: { uid, gid } }
}

/** A pinned script where its user can read it: the spool is closed to them. */
export async function withinReach(script: string, { runAs, folder }: ProgramPlace): Promise<string> {
  if (runAs === undefined) return script
  const copy = join(folder, `script-${basename(script)}`)
  await copyFile(script, copy)
  return copy
}
