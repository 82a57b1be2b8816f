import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `node remove-stale-output.mjs SRC DIST`: removes from DIST what was compiled from a file that SRC no longer has.
 * The folder is not emptied before a build, because processes may be running from it.
 */
const [, , source = 'src', output = 'dist'] = process.argv

function tidy(from, to) {
  for (const entry of readdirSync(to, { withFileTypes: true })) {
    const path = join(to, entry.name)
    if (entry.isDirectory()) {
      tidy(join(from, entry.name), path)
      if (readdirSync(path).length === 0) rmdirSync(path)
      continue
    }
    const compiled = /^(.+)\.js(\.map)?$/.exec(entry.name)
    if (compiled && !existsSync(join(from, `${compiled[1]}.ts`))) rmSync(path)
  }
}

if (existsSync(output)) tidy(source, output)
