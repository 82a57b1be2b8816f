import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '../../process/spool.ts'
import type { Records } from '../../http/routes/cutovers.ts'

/** The record as `cutover export` writes it, and what each attempt wrote, masked. Gives the names. */
export async function writeRehearsalReport(
  folder: string,
  from: { readonly records: Records; readonly cutover: string; readonly spools: readonly string[] },
): Promise<readonly string[]> {
  const exported = (await from.records.exported(from.cutover)) ?? {}
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(exported))
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  const outputs = from.spools.flatMap(outputsIn)
  if (outputs.length === 0) return Object.keys(exported)
  mkdirSync(join(folder, 'output'), { mode: 0o700 })
  for (const { attempt, file } of outputs) copyFileSync(file, join(folder, 'output', `${attempt}.log`))
  return [...Object.keys(exported), 'output/']
}

function outputsIn(spool: string): readonly { readonly attempt: string; readonly file: string }[] {
  const attempts = join(spool, 'attempts')
  if (!existsSync(attempts)) return []
  return readdirSync(attempts)
    .map((attempt) => ({ attempt, file: join(attempts, attempt, files.maskedOutput) }))
    .filter(({ file }) => existsSync(file))
}
