import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sessionMembers, type ProcessIdentity } from '../../../src/process/runner.ts'

export type Victim = 'worker' | 'leader' | 'runner' | 'command'

/** Who is killed, and how often. Of an attempt everything that is there: it may be on its way. */
export const VICTIMS: readonly (readonly [weight: number, whom: readonly Victim[]])[] = [
  [40, ['worker']],
  [25, ['worker', 'runner', 'command']],
  [10, ['runner']],
  [10, ['runner', 'command']],
  [10, ['leader']],
  [5, ['worker', 'leader']],
]

/** Kills what there is of an attempt; gives what that was. */
export function killOfAttempt(folder: string, whom: readonly Victim[]): readonly Victim[] {
  const pids = read(join(folder, 'pid.json'))
  const lock = read(join(folder, 'lock'))
  const killed: Victim[] = []
  const runner = pids?.runner ?? lock?.runner
  if (whom.includes('runner') && runner !== undefined && kill(runner.pid)) killed.push('runner')
  if (whom.includes('command') && pids?.child !== undefined) {
    const members = sessionMembers(pids.child)
    for (const { pid } of members) kill(pid)
    if (members.length > 0) killed.push('command')
  }
  return killed
}

function read(
  path: string,
): { readonly runner?: ProcessIdentity; readonly child?: ProcessIdentity } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
