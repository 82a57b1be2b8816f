import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const source = join(root, 'src/process/runner.ts')

/** The runner as `npm run build` would compile it, without building the rest; kept by the hash of its source. */
export function compiledRunner(): string {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const cache = join(tmpdir(), `cutover-compiled-runner-${userInfo().uid}`)
  const compiled = join(cache, `runner-${hash}.js`)
  if (existsSync(compiled)) return compiled

  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const draft = mkdtempSync(join(cache, 'draft-'))
  const options =
    '--ignoreConfig --module nodenext --target es2023 --types node --strict --skipLibCheck --verbatimModuleSyntax'
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, source, '--outDir', draft, ...options.split(' ')], { cwd: root })
  const ready = join(draft, 'ready.js')
  copyFileSync(join(draft, 'runner.js'), ready)
  renameSync(ready, compiled)
  rmSync(draft, { recursive: true })
  return compiled
}
