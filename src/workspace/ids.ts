import { createHash, randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** An id in Slack's form that is the same for the same seed in every run. */
export function derivedId(prefix: string, seed: string): string {
  return `${prefix}0${letters(createHash('sha256').update(`${prefix} ${seed}`).digest(), 9)}`
}

/** A fresh id in Slack's form. */
export function freshId(prefix: string): string {
  return `${prefix}0${letters(randomBytes(9), 9)}`
}

/** A secret of `length` characters for tokens, tickets and one-time addresses. */
export function secret(length: number): string {
  return randomBytes(length).toString('hex').slice(0, length)
}

function letters(bytes: Uint8Array, count: number): string {
  return [...bytes.subarray(0, count)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

/** Message timestamps: seconds and microseconds, always rising, never given twice. */
export class TimestampSource {
  private lastMicros = 0

  next(): string {
    this.lastMicros = Math.max(this.lastMicros + 1, Date.now() * 1000)
    const seconds = Math.floor(this.lastMicros / 1_000_000)
    return `${seconds}.${String(this.lastMicros % 1_000_000).padStart(6, '0')}`
  }
}
