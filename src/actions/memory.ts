import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'

/** What the looks of one attempt have in common: a file in the attempt's folder, gone with it. */
export interface Memory<T> {
  /** Undefined at the first look, and when what lies there cannot be read. */
  readonly recall: () => T | undefined
  readonly remember: (value: T) => void
}

/** One for each check of a watch: `of` tells them apart. */
export function openMemory<T>(
  folder: string,
  { name, of, shape }: { readonly name: string; readonly of: unknown; readonly shape: z.ZodType<T> },
): Memory<T> {
  const digest = createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 16)
  const file = join(folder, `${name}-${digest}.json`)
  return {
    recall: () => {
      try {
        return shape.parse(JSON.parse(readFileSync(file, 'utf8')))
      } catch {
        return undefined
      }
    },
    remember: (value) => writeFileSync(file, JSON.stringify(value), { mode: 0o600 }),
  }
}
