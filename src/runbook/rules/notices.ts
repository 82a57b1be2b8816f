import type { Finding } from '../finding.ts'
import { suggestion } from '../nearest.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'

/** Notices go to audiences that exist and can be reached. */
export function notices(context: Context): Finding[] {
  const { head, broken, steps } = context.draft
  const audiences = head.audiences ?? {}
  const unknown = steps.flatMap((step) =>
    step.kind !== 'tell'
      ? []
      : step.document.to.flatMap((name, index) =>
          Object.hasOwn(audiences, name) || broken.has(name)
            ? []
            : [
                complain(context, [...step.path, 'to', index], {
                  code: 'unknown-audience',
                  message: `no audience is called "${name}"`,
                  hint: suggestion(name, Object.keys(audiences)),
                }),
              ],
        ),
  )
  const unreachable = Object.entries(audiences).flatMap(([name, { slack, email }]) =>
    slack === undefined && email === undefined
      ? [
          complain(context, ['audiences', name], {
            code: 'unreachable-audience',
            message: `the audience "${name}" has neither a channel nor an address`,
            hint: 'Add `slack: "#ops"` or `email: [ops@example.org]`.',
          }),
        ]
      : [],
  )
  return [...unknown, ...unreachable]
}
