import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'

/**
 * Makes a password, has it set, and leaves it in a file that only its owner may read. The file appears with what is set:
 * when setting it fails, what stood there before stays.
 */
export async function writePassword<T>(file: string, set: (password: string) => Promise<T>): Promise<T> {
  const password = randomBytes(32).toString('base64url')
  const beside = `${file}.${randomBytes(4).toString('hex')}.new`
  const handle = await open(beside, 'wx', 0o600)
  try {
    await handle.writeFile(`${password}\n`)
    await handle.sync()
    const done = await set(password)
    await rename(beside, file)
    return done
  } finally {
    await handle.close()
    await rm(beside, { force: true })
  }
}
