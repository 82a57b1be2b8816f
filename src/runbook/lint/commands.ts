import { errorAt, warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { hasOption } from '../shell/programs.ts'
import type { LintContext } from './context.ts'
import { commandsOf } from './texts.ts'
import type { FoundCommand } from './texts.ts'

/** `curl` ends with 0 on HTTP 500 unless it is told to fail. */
export function curlFails(context: LintContext): Finding[] {
  return commandsOf(context)
    .filter(
      ({ program }) => program.name === 'curl' && !hasOption(program, 'f', '--fail', '--fail-with-body'),
    )
    .map(({ spot }) =>
      errorAt(spot, {
        code: 'curl-without-fail',
        message: '`curl` without -f ends with exit 0 on an HTTP error: a dead service looks healthy',
        hint: 'Write `curl -fsS`, or a check with `http`, which judges status and JSON.',
      }),
    )
}

/** `--all` takes what others have put into the namespace as well. */
export function kubectlDeleteAll(context: LintContext): Finding[] {
  return commandsOf(context)
    .filter(
      ({ program }) =>
        program.name === 'kubectl' &&
        program.words.some(({ text }) => text === 'delete') &&
        program.words.some(({ text }) => text === '--all'),
    )
    .map(({ spot }) =>
      errorAt(spot, {
        code: 'kubectl-delete-all',
        message:
          '`kubectl delete … --all` removes everything of that kind in the namespace, what others need included',
        hint: 'Name the objects, or suspend them by name and undo the same list.',
      }),
    )
}

/** Behind `ssh` or `kubectl exec` the program is out of reach. */
export function remoteShell(context: LintContext): Finding[] {
  return commandsOf(context).flatMap(({ program, spot }) => {
    const exec = program.name === 'kubectl' && program.words.some(({ text }) => text === 'exec')
    if (program.name !== 'ssh' && !exec) return []
    const name = exec ? 'kubectl exec' : 'ssh'
    return [
      warningAt(spot, {
        code: 'remote-shell',
        message: `cancelling \`${name}\` does not stop what it started on the other side, and the promise that a step runs once ends there`,
        hint: 'Give that host a worker of its own and name its `pool` here.',
      }),
    ]
  })
}

/** `export` and `cd` end with the process: the next step does not see them. */
export function shellState(context: LintContext): Finding[] {
  return commandsOf(context).flatMap((found) => {
    const name = found.program.name
    if (!STATEFUL.has(name) || found.nested || (found.shell.kind !== 'argv' && isUsed(found))) return []
    return [
      errorAt(found.spot, {
        code: 'shell-state',
        message: `\`${name}\` ends with this process, and nothing after it here uses it: the next step does not see it`,
        hint:
          name === 'cd'
            ? 'Give the step that needs it `cwd:`.'
            : 'Give the step that needs it `env:`, or use a fact of this step.',
      }),
    ]
  })
}

const STATEFUL: ReadonlySet<string> = new Set(['export', 'cd', 'source', '.'])

const isUsed = ({ shell, offset }: FoundCommand): boolean =>
  shell.commands.some((later) => later.offset > offset && !STATEFUL.has(later.words[0]?.text ?? ''))
