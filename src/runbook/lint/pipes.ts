import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { LintContext } from './context.ts'
import { commandsOf } from './texts.ts'

/** The exit code of a pipe is that of its last program: `pg_dump | gzip` succeeds when only gzip does. */
export function pipesFail(context: LintContext): Finding[] {
  return commandsOf(context)
    .filter(({ joint, shell }) => joint === '|' && !shell.pipefail)
    .map(({ program, spot }) =>
      errorAt(spot, {
        code: 'pipe-hides-failure',
        message: `when \`${program.name}\` fails, the pipe behind it still ends with exit 0`,
        hint: 'Make it a `script`, which runs with pipefail, or begin the text with `set -euo pipefail;` for bash.',
      }),
    )
}

/** What follows `||` replaces the failure by its own success. */
export function echoHidesFailure(context: LintContext): Finding[] {
  const found = commandsOf(context)
  return found.flatMap(({ joint, shell, program, spot }, index) => {
    const next = found.slice(index + 1).find((other) => other.shell === shell)
    if (joint !== '||' || next === undefined || !['echo', 'printf'].includes(next.program.name)) return []
    return [
      errorAt(spot, {
        code: 'echo-hides-failure',
        message: `\`|| ${next.program.name}\` makes a success of it when \`${program.name}\` fails`,
        hint: `Leave it out: the step shows the failure. To add a text: \`|| { echo "…" >&2; exit 1; }\`.`,
      }),
    ]
  })
}

/** `**` goes through folders only in bash with globstar; elsewhere it is `*`, and the files below are left out. */
export function globstar(context: LintContext): Finding[] {
  return commandsOf(context).flatMap(({ words, shell, spot }) => {
    const word = words.find(({ plain }) => /(?:^|\/)\*\*(?:\/|$)/.test(plain))
    if (word === undefined || shell.globstar) return []
    return [
      errorAt(spot, {
        code: 'globstar',
        message:
          shell.kind === 'argv'
            ? `no shell reads this, so "${word.text}" is given to the program as it stands`
            : `without globstar \`**\` is \`*\`: "${word.text}" leaves files out or is ambiguous`,
        hint: 'Name the files; `pg.apply` takes a list and applies it in order.',
      }),
    ]
  })
}
