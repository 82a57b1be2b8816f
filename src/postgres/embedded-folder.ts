import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './embedded-binaries.ts'

const ORPHAN_LIMIT_MS = 15_000

/**
 * Takes a server's folder for this process. A server that an earlier owner left behind when it was killed is
 * stopped first; a folder whose owner lives is refused. Gives the function that lets the folder go.
 */
export async function claimFolder(folder: string, data: string): Promise<() => Promise<void>> {
  const claim = join(folder, 'owner.pid')
  const release = () => rm(claim, { force: true })
  for (;;) {
    const taken = await writeFile(claim, String(process.pid), { flag: 'wx', mode: 0o600 }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    )
    if (taken) break
    await refuseIfOwned(folder, claim)
    await release()
  }
  await stopOrphan(data)
  return release
}

async function refuseIfOwned(folder: string, claim: string): Promise<void> {
  const owner = Number(await readFile(claim, 'utf8').catch(() => ''))
  if (!Number.isInteger(owner) || owner <= 0 || !isAlive(owner)) return
  // Two servers of one process may not share a folder either, but a claim of its own pid may be from before a reboot.
  const what = owner === process.pid ? 'this process' : `process ${owner}`
  throw new EmbeddedPostgresError(`The PostgreSQL in ${folder} belongs to ${what}, which is running.`, {
    hint: `Stop that process first, or choose another folder. If ${what} is something else entirely, delete ${claim}.`,
  })
}

async function stopOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0) return
  if (!(await isServerOf(pid, data))) {
    // The number has gone to another program since; PostgreSQL itself would refuse to start on the sight of it.
    await rm(file, { force: true })
    return
  }
  process.kill(pid, 'SIGINT')
  const deadline = performance.now() + ORPHAN_LIMIT_MS
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(`A PostgreSQL left from before (process ${pid}) does not stop.`, {
        hint: `End process ${pid}, then try again.`,
      })
    }
    await sleep(50)
  }
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  // Without /proc the pid file is believed: it is removed by every orderly stop.
  return commandLine === undefined || commandLine.split('\0').includes(data)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
