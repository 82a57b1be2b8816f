import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The number of read(2). */
const READ = { x64: '0', arm64: '63' } as const

/**
 * Whether `root` or a process below it is just now reading its terminal or its standard input. False also where
 * that cannot be seen: outside of Linux, or of a process of another user.
 */
export function isReadingInput(root: number): boolean {
  if (process.platform !== 'linux') return false
  const number = process.arch === 'arm64' ? READ.arm64 : READ.x64
  return familyOf(root).some((pid) => {
    try {
      const [call, descriptor = ''] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ')
      if (call !== number) return false
      const fd = Number(descriptor)
      return fd === 0 || isTerminal(readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      // Gone meanwhile, or not ours to look at.
      return false
    }
  })
}

const isTerminal = (path: string): boolean => path === '/dev/tty' || path.startsWith('/dev/pts/')

function familyOf(root: number): readonly number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    const parent = /^\d+$/.test(name) ? parentOf(name) : undefined
    return parent === undefined ? [] : [{ pid: Number(name), parent }]
  })
  const family = [root]
  // A process is younger than its parent, but numbers wrap around: it is looked through until nobody is new.
  for (const member of family) {
    family.push(
      ...parents
        .filter(({ pid, parent }) => parent === member && !family.includes(pid))
        .map(({ pid }) => pid),
    )
  }
  return family
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
