import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { sha256Of } from '../files/hash.ts'
import { hostPath } from '../parameters.ts'
import { bytes, duration } from '../wording.ts'

const Input = z.strictObject({
  path: hostPath('The file.'),
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
  summary: 'Looks whether a file is there and has the stated content; `size` and `age` can be expected.',
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
  const hash = await sha256Of(absolute, {
    signal,
    progress: (done) => progress({ done, total: found.size, unit: 'bytes', label: 'sha256' }),
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
    return found.isFile() ? found : 'is no file'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : 'may not be looked at by this worker'
  }
}
