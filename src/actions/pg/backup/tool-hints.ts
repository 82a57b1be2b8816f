/** What pg_dump and pg_restore say when they fail, as a person understands it, and what to do. The first that fits. */
export const TOOL_HINTS: readonly {
  readonly when: RegExp
  readonly says: string
  readonly hint: string
}[] = [
  {
    when: /server version mismatch/i,
    says: 'the server is newer than the tool',
    hint: 'Install the client programs of the server’s version, or name their folder in `tools`.',
  },
  {
    when: /end of file|end of input|unexpected EOF|could not read from input file: Success/i,
    says: 'the backup is cut off',
    hint: 'Use another copy of it, or make a new backup.',
  },
  {
    when: /incorrect data check|could not uncompress|invalid (?:distance|code|block|stored|literal|bit length)|corrupt|invalid compression/i,
    says: 'the backup is damaged',
    hint: 'Use another copy of it, or make a new backup.',
  },
  {
    when: /magic string|valid archive|text format dump/i,
    says: 'the file is no backup that pg_restore reads',
    hint: 'Name the file that pg.backup recorded.',
  },
  {
    when: /unsupported version .* in file header/i,
    says: 'the backup was made by a newer pg_dump',
    hint: 'Install client programs of the version that made it, or name their folder in `tools`.',
  },
  {
    when: /No space left on device|disk full/i,
    says: 'the disk is full',
    hint: 'Make room there, then try again.',
  },
  {
    when: /role "[^"]*" does not exist/i,
    says: 'a role that owns or uses something does not exist on that server',
    hint: 'Create the role there (pg_dumpall --globals-only lists them), then try again.',
  },
  {
    when: /lock timeout|statement timeout/i,
    says: 'another session holds a lock on a table',
    hint: 'Look which one in pg_locks, end it or wait for it, then try again.',
  },
  {
    when: /row-level security|row security/i,
    says: 'row security would leave rows out',
    hint: 'Name a user with BYPASSRLS, so that all rows are saved.',
  },
  {
    when: /permission denied|must be owner|must be superuser/i,
    says: 'the user of the target may not do that',
    hint: 'Grant the right to the user of the target, or name another user.',
  },
]
