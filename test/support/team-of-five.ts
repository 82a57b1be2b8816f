import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkspaceUser } from '../../src/workspace/server.ts'
import { RUNBOOKS } from './rehearsal.ts'

const NAMES = {
  ana: 'Ana Beridze',
  giorgi: 'Giorgi Maisuradze',
  nino: 'Nino Kapanadze',
  levan: 'Levan Gelashvili',
  eka: 'Eka Lomidze',
} as const

export const TEAM_OF_FIVE: readonly string[] = Object.keys(NAMES)

/** Five people who are in every group that the runbooks name: small teams do everything. */
export function teamOfFive(): readonly WorkspaceUser[] {
  const groups = readdirSync(RUNBOOKS)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => [...readFileSync(join(RUNBOOKS, name), 'utf8').matchAll(/"group:([\w-]+)"/g)])
    .map(([, group = '']) => group)
  return Object.entries(NAMES).map(([name, realName]) => ({ name, realName, groups: [...new Set(groups)] }))
}
