import type { Finding } from '../finding.ts'
import { backupOrder, unprovenBackup, untestedBackup } from './backups.ts'
import { curlFails, kubectlDeleteAll, remoteShell, shellState } from './commands.ts'
import { factsOfBranches } from './branch-facts.ts'
import type { LintContext, LintRule } from './context.ts'
import { dropBeforeVerified } from './destruction.ts'
import { estimates } from './estimates.ts'
import { openStates } from './open-states.ts'
import { echoHidesFailure, globstar, pipesFail } from './pipes.ts'
import { psqlStopsOnError } from './psql.ts'
import { reviewOverdue } from './review.ts'
import { passwordInArgv, secretsInText, secretsSent } from './secrets.ts'
import { missingColumns } from './sql-columns.ts'
import { liveIdentity, rollbackName, undoOrIrreversible } from './way-back.ts'
import { coveredWaysBack } from './ways-back.ts'
import { windowFits } from './window.ts'
import { unfilled, yamlTraps } from './yaml-traps.ts'

/** What is well-formed and would still go wrong at night. */
const RULES: readonly LintRule[] = [
  undoOrIrreversible,
  openStates,
  coveredWaysBack,
  factsOfBranches,
  rollbackName,
  liveIdentity,
  backupOrder,
  estimates,
  windowFits,
  reviewOverdue,
  unprovenBackup,
  untestedBackup,
  dropBeforeVerified,
  psqlStopsOnError,
  pipesFail,
  echoHidesFailure,
  globstar,
  curlFails,
  kubectlDeleteAll,
  remoteShell,
  shellState,
  passwordInArgv,
  secretsInText,
  secretsSent,
  missingColumns,
  yamlTraps,
  unfilled,
]

export const lintFindings = (context: LintContext): Finding[] => RULES.flatMap((rule) => rule(context))
