import { createServer, type AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LogUnavailable } from '../../src/app/log-errors.ts'
import { lastWords } from '../../src/cli/last-words.ts'

describe('the last words of a command', () => {
  it('hold nothing of what a driver said', () => {
    const { text, exitCode, unforeseen } = lastWords(new Error('relation "cutover.event" does not exist'))

    expect(text).toMatch(/^Cutover failed inside;.*CUTOVER_LOG_LEVEL=debug/)
    expect(text).not.toContain('relation')
    expect(unforeseen).toBe(true)
    expect(exitCode).toBe(1)
  })

  it('tell a refused login from a log that is away', () => {
    const refused = Object.assign(new Error('password authentication failed'), { code: '28P01' })

    expect(lastWords(new LogUnavailable(refused)).text).toMatch(/refuses the login.*PASSWORD_FILE/)
    expect(lastWords(new LogUnavailable(new Error('gone'))).text).toMatch(/does not answer/)
  })

  it('name the file that cannot be used, and why', async () => {
    const error = await readFile('/').catch((thrown: unknown) => thrown)
    const missing = await readFile('/none/such').catch((thrown: unknown) => thrown)

    // Node names no path when a folder is read.
    expect(lastWords(error).text).not.toContain('EISDIR')
    expect(lastWords(missing).text).toBe('/none/such cannot be used: it does not exist.')
  })

  it('name the port that is taken', async () => {
    const first = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => first.once('listening', resolve))
    const { port } = first.address() as AddressInfo
    const second = createServer().listen(port, '127.0.0.1')
    const error = await new Promise((resolve) => second.once('error', resolve))
    first.close()

    expect(lastWords(error).text).toContain(`127.0.0.1:${port}: another process listens there`)
  })
})
