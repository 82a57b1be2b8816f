import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** What tells one host from another: only a worker on the same one may judge an attempt's process. */
export interface Machine {
  readonly host: string
  /** Hash of the machine id. */
  readonly machine: string
  readonly pidNamespace: string
}

export function thisMachine(): Machine {
  const host = hostname()
  const id = firstReadable(['/etc/machine-id', '/var/lib/dbus/machine-id']) ?? host
  return {
    host,
    machine: createHash('sha256').update(id).digest('hex').slice(0, 32),
    pidNamespace: pidNamespace(),
  }
}

function firstReadable(files: readonly string[]): string | null {
  for (const file of files) {
    try {
      const text = readFileSync(file, 'utf8').trim()
      if (text !== '') return text
    } catch {
      // The next file, then the host's name.
    }
  }
  return null
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return 'no PID namespaces here'
  }
}
