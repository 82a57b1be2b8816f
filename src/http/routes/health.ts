import type { Route } from '../server.ts'

/** What is in order and what is not, by part: `{ log: true, slack: false }`. */
export type Readiness = () => Promise<Readonly<Record<string, boolean>>>

/** `/healthz`: the process answers. `/readyz`: it can do its work; Slack being away does not make it unready. */
export function healthRoutes(readiness: Readiness): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/healthz',
      handle: async () => ({ status: 200, body: { ok: true } }),
    },
    {
      method: 'GET',
      pattern: '/readyz',
      async handle() {
        const parts = await readiness()
        return { status: parts['log'] === true ? 200 : 503, body: { ok: parts['log'] === true, parts } }
      },
    },
  ]
}
