import type { Runbooks } from '../../app/open-cutover.ts'

/**
 * Runbooks of which no live cutover can be opened: an installation on somebody's own machine, with all its parts in
 * one place, is for rehearsals.
 */
export function rehearsalsOnly(runbooks: Runbooks): Runbooks {
  return {
    list: () => runbooks.list(),
    async resolve(request, fixed) {
      const resolved = await runbooks.resolve(request, fixed)
      if (!resolved.ok || !resolved.plan.live) return resolved
      return {
        ok: false,
        problems: [
          `The environment ${request.environment} is live, and \`cutover up\` opens rehearsals only. ` +
            'For live cutovers run `cutover serve`, and `cutover worker` on each host. Nothing was opened.',
        ],
      }
    },
  }
}
