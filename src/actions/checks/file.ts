import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { namesIn, sumOf } from '../files/content-sum.ts'
import { hostPath } from '../parameters.ts'
import { bytes, duration } from '../wording.ts'

const Input = z.strictObject({
  path: hostPath('The file, or the folder of files that a backup of that format is.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a sha256 has 64 hexadecimal digits')
    .optional()
    .describe('What its content must be, as `$backup.sha256`.'),
})
type Input = z.infer<typeof Input>

export const file: CheckAction<Input> = {
  name: 'file',
  kind: 'check',
  summary:
    'Looks whether a file is there and has the stated content; `size` and `age` can be expected. Of a folder of files it is all of them together, and the newest counts.',
  input: Input,
  facts: { path: 'path', bytes: 'int', ageMs: 'int', sha256: 'text' },
  check,
}

async function check({ path, sha256 }: Input, { signal, progress }: ActionContext): Promise<CheckResult> {
  const absolute = resolve(path)
  const found = await lookAt(absolute)
  if (typeof found === 'string') {
    return { green: false, answer: `${absolute} ${found}`, facts: { path: absolute }, measured: {} }
  }
  const ageMs = Math.max(0, Math.round(Date.now() - found.mtimeMs))
  const known = { path: absolute, bytes: found.size, ageMs }
  const measured = { size: found.size, age: ageMs }
  const seen = `${bytes(found.size)}, ${duration(ageMs)} old`
  if (sha256 === undefined) return { green: true, answer: seen, facts: known, measured }
  const { sha256: hash } = await sumOf(absolute, {
    signal,
    progress: (done, total) => progress({ done, total, unit: 'bytes', label: 'sha256' }),
  })
  const same = hash === sha256.toLowerCase()
  return {
    green: same,
    facts: { ...known, sha256: hash },
    // A file with another content is not the one that size and age are asked of.
    measured: same ? measured : {},
    answer: `${seen}, sha256 ${hash.slice(0, 12)}…${same ? '' : ` is not ${sha256.slice(0, 12).toLowerCase()}…`}`,
  }
}

async function lookAt(path: string) {
  try {
    const found = await stat(path)
    if (found.isFile()) return { size: found.size, mtimeMs: found.mtimeMs }
    if (!found.isDirectory()) return 'is no file'
    return await lookInto(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : 'may not be looked at by this worker'
  }
}

async function lookInto(folder: string) {
  const names = (await namesIn(folder)) ?? []
  const files = await Promise.all(names.map((name) => stat(join(folder, name))))
  if (files.length === 0) return 'is an empty folder'
  if (files.some((file) => !file.isFile())) return 'is a folder that holds more than files'
  return {
    size: files.reduce((sum, { size }) => sum + size, 0),
    mtimeMs: Math.max(...files.map(({ mtimeMs }) => mtimeMs)),
  }
}
