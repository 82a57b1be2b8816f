import type { Copies } from '../../src/cli/worker/copies/copies.ts'
import { readyPool } from './pools.ts'

/** A host that knows every plan, and finds its files below one folder. */
export const knowingEverything = (folder: string): Copies => ({
  answer: async () => readyPool(),
  changed: async () => [],
  folderOf: () => folder,
})
