import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { ActionFailure } from '../action.ts'

/** The absolute path of a program, as a shell would find it; refused before anything is started when it is missing. */
export async function findTool(tool: string, { cwd, path }: { cwd: string; path: string }): Promise<string> {
  const candidates = tool.includes('/')
    ? [resolve(cwd, tool)]
    : path.split(delimiter).flatMap((folder) => (isAbsolute(folder) ? [join(folder, tool)] : []))
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate
  }
  throw new ActionFailure(`The program ${tool} is not on this host.`, {
    hint: tool.includes('/')
      ? `Put it at ${resolve(cwd, tool)} and make it executable, or correct the runbook.`
      : 'Install it, or add its folder to the PATH of the worker.',
    changed: 'nothing was started',
  })
}

/** The folder a program works in, which must exist. */
export async function workingFolder(base: string, folder: string | undefined): Promise<string> {
  const path = resolve(base, folder ?? '.')
  if (await isFolder(path)) return path
  throw new ActionFailure(`The working folder ${path} is not on this host.`, {
    hint: 'Correct `cwd` in the runbook, or make the folder.',
    changed: 'nothing was started',
  })
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
