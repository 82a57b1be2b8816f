/** What the operating system refuses, by its own code. */
const FILE: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not use it',
  EPERM: 'this user may not change it',
  EEXIST: 'it is there already',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'this user\u2019s share of the disk is full',
  EROFS: 'its file system is read-only',
  EMFILE: 'too many files are open',
}

const PORT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
}

/** A file or port that cannot be used, in words; null for any other error. */
export function systemWords(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const code = String(error.code)
  if ('syscall' in error && error.syscall === 'listen') {
    const why = PORT[code]
    const port = 'port' in error ? String(error.port) : ''
    const host = 'address' in error ? String(error.address) : ''
    return why === undefined
      ? null
      : `Cutover cannot listen on ${host}:${port}: ${why}. Set CUTOVER_LISTEN, CUTOVER_METRICS_LISTEN or CUTOVER_SLACK_PORT to another one. Nothing was started.`
  }
  const why = FILE[code]
  return why !== undefined && 'path' in error ? `${String(error.path)} cannot be used: ${why}.` : null
}
