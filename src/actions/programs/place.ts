import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActionContext, ProgramPlace } from '../action.ts'

/** The place of a program that the action process runs itself. Its passfiles are gone when the work is done. */
export async function withPlace<Result>(
  context: ActionContext,
  work: (place: ProgramPlace) => Promise<Result>,
): Promise<Result> {
  const { attempt, files, vars = {}, environment = {}, runAs } = context
  // The name is known to the spool, which removes what a killed process leaves.
  const folder = runAs?.folder ?? join(context.folder, 'secrets')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    const as = runAs === undefined ? {} : { runAs }
    return await work({ attempt, folder, files, cwd: process.cwd(), vars, environment, ...as })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
