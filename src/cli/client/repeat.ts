/** What was typed, to be typed again: with the key, so that it counts once. */
export function repeatLine(words: readonly string[], key: string): string {
  const isKeyed = words.some((word) => word === '--key' || word.startsWith('--key='))
  return ['cutover', ...words, ...(isKeyed ? [] : ['--key', key])].map(quoted).join(' ')
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
