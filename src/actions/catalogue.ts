import type { ActionCatalogue } from '../domain/catalogue.ts'
import { httpBackends } from './checks/backends.ts'
import { diskFree } from './checks/disk.ts'
import { dns } from './checks/dns.ts'
import { file } from './checks/file.ts'
import { http } from './checks/http.ts'
import { log } from './checks/log.ts'
import { sql } from './checks/sql.ts'
import { compare } from './compare.ts'
import { documentationOf, specOf } from './describe.ts'
import { alembicPending, alembicUpgrade } from './migrations/alembic.ts'
import { djangoMigrate, djangoPending } from './migrations/django.ts'
import { prismaMigrate, prismaPending } from './migrations/prisma.ts'
import type { OfferedAction } from './offer.ts'
import { offer } from './offer.ts'
import { pgApply } from './pg/apply.ts'
import { COUNT_LOOKS } from './pg/looks/counts.ts'
import { INTEGRITY_LOOKS } from './pg/looks/integrity.ts'
import { REPLICATION_LOOKS } from './pg/looks/replication.ts'
import { SERVER_LOOKS } from './pg/looks/server.ts'
import { SESSION_LOOKS } from './pg/looks/sessions.ts'
import { STATEMENT_LOOKS } from './pg/looks/statements.ts'
import { TABLE_LOOKS } from './pg/looks/tables.ts'
import { WATCH_LOOKS } from './pg/looks/watch.ts'
import { pgAnalyze } from './pg/analyze.ts'
import { pgMark } from './pg/mark.ts'
import { pgPitrReady } from './pg/pitr-ready.ts'
import { pgRestorePoint } from './pg/restore-point.ts'
import { pgSnapshot } from './pg/snapshot.ts'
import { pgWrittenSince } from './pg/written-since.ts'
import { pgDrain } from './pg/drain.ts'
import { pgDropKept } from './pg/drop-kept.ts'
import { pgRestoreBeside } from './pg/restore-beside.ts'
import { pgRestore } from './pg/restore.ts'
import { pgBackup } from './pg/backup/backup.ts'
import { pgTestRestore } from './pg/backup/test-restore.ts'
import { pgSetAside } from './pg/set-aside.ts'
import { pgSwapBack } from './pg/swap-back.ts'
import { pgSwap } from './pg/swap.ts'
import { pgUnfence } from './pg/unfence.ts'
import { command } from './programs/command.ts'
import { script } from './programs/script.ts'
import { backupCleanup } from './storage/cleanup.ts'
import { filesUpload } from './storage/upload.ts'
import { sqliteCopy } from './sqlite-copy.ts'
import { sqliteBackup } from './sqlite/backup.ts'
import { sqliteIdle } from './sqlite/idle.ts'
import { sqliteRestore } from './sqlite/restore.ts'

/** All actions that a runbook may use. */
const ACTIONS: readonly OfferedAction[] = [
  offer(command),
  offer(script),
  offer(sqliteBackup),
  offer(sqliteRestore),
  offer(sqliteIdle),
  offer(sqliteCopy),
  offer(compare),
  offer(pgApply),
  offer(djangoMigrate),
  offer(djangoPending),
  offer(prismaMigrate),
  offer(prismaPending),
  offer(alembicUpgrade),
  offer(alembicPending),
  offer(pgSetAside),
  offer(pgBackup),
  offer(pgTestRestore),
  offer(filesUpload),
  offer(backupCleanup),
  offer(pgRestore),
  offer(pgRestoreBeside),
  offer(pgDrain),
  offer(pgUnfence),
  offer(pgSwap),
  offer(pgSwapBack),
  offer(pgDropKept),
  offer(pgSnapshot),
  offer(pgAnalyze),
  offer(pgMark),
  offer(pgWrittenSince),
  offer(pgRestorePoint),
  offer(pgPitrReady),
  offer(sql),
  offer(http),
  offer(httpBackends),
  offer(dns),
  offer(file),
  offer(log),
  offer(diskFree),
  ...SERVER_LOOKS,
  ...SESSION_LOOKS,
  ...REPLICATION_LOOKS,
  ...TABLE_LOOKS,
  ...INTEGRITY_LOOKS,
  ...COUNT_LOOKS,
  ...STATEMENT_LOOKS,
  ...WATCH_LOOKS,
]

const BY_NAME: ReadonlyMap<string, OfferedAction> = new Map(ACTIONS.map((action) => [action.name, action]))

/** What the runbook language knows of the actions: parameters, facts, kinds. */
export function catalogue(): ActionCatalogue {
  return Object.fromEntries(ACTIONS.map((action) => [action.name, specOf(action)]))
}

export function findAction(name: string): OfferedAction | undefined {
  return BY_NAME.get(name)
}

/** The whole of `docs/actions.md`. @internal A test writes it. */
export function actionsPage(): string {
  return [
    '# Actions',
    '',
    'What a `run` or a `check` of a runbook may use, with `uses` and `with`. This page is made from the code: a test',
    'holds it to what the actions really take. A path is one on the host of the step’s pool, relative to the working',
    'folder of its worker unless absolute; a file is pinned with the runbook and named by its path below the',
    'runbook’s folder. Durations are written like `500ms`, `10s`, `2m`, `1h`.',
    '',
    ...ACTIONS.map(documentationOf),
  ].join('\n')
}
