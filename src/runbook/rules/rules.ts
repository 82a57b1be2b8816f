import type { Finding } from '../finding.ts'
import { afterCompletion } from './after-completion.ts'
import { choices } from './choices.ts'
import type { Context, Rule } from './context.ts'
import { expectations } from './expectations.ts'
import { head } from './head.ts'
import { keep } from './keep.ts'
import { metrics } from './metrics.ts'
import { names } from './names.ts'
import { notices } from './notices.ts'
import { people } from './people.ts'
import { placement } from './placement.ts'
import { references } from './references.ts'
import { waysBack } from './ways-back.ts'
import { team } from './team.ts'
import { work } from './work.ts'

/** What must hold for a runbook to mean anything; each looks at the whole and complains of all it finds. */
const RULES: readonly Rule[] = [
  names,
  head,
  people,
  team,
  notices,
  references,
  choices,
  waysBack,
  placement,
  afterCompletion,
  work,
  metrics,
  keep,
  expectations,
]

export const ruleFindings = (context: Context): Finding[] => RULES.flatMap((rule) => rule(context))
