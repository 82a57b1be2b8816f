import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './files.ts'

it('the build removes what no longer has a source, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-build-'))
  const files = [
    'src/kept.ts',
    'src/deep/kept.ts',
    'dist/kept.js',
    'dist/kept.js.map',
    'dist/gone.js',
    'dist/gone.js.map',
    'dist/deep/kept.js',
    'dist/removed/gone.js',
    'dist/.tsbuildinfo',
  ]
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '')
  }

  execFileSync(process.execPath, [join(ROOT, 'tools/remove-stale-output.mjs'), 'src', 'dist'], {
    cwd: folder,
  })

  expect(readdirSync(join(folder, 'dist'), { recursive: true }).sort()).toEqual(
    ['.tsbuildinfo', 'deep', join('deep', 'kept.js'), 'kept.js', 'kept.js.map'].sort(),
  )
  rmSync(folder, { recursive: true })
})
