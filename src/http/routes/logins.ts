import { createHash, randomInt } from 'node:crypto'
import { z } from 'zod'
import type { Logins } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { problem, type Answer, type Request, type Route } from '../server.ts'

const Begin = z.strictObject({ tokenHash: z.string().regex(/^[0-9a-f]{64}$/) })

// No vowels and no look-alikes: read from a terminal, typed into Slack.
const ALPHABET = 'BCDFGHJKMNPQRSTVWXZ23456789'

/** `cutover login`: the terminal keeps the token and sends its hash; Slack confirms the code. */
export function loginRoutes(deps: { readonly logins: Logins; readonly days: number }): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/v1/logins',
      async handle({ body }) {
        const parsed = Begin.safeParse(body)
        if (!parsed.success) return problem(400, 'bad request', 'A login sends the sha256 of its token.')
        const code = loginCode()
        await deps.logins.begin({ code, tokenHash: parsed.data.tokenHash, days: deps.days })
        return { status: 200, body: { ok: true, code } }
      },
    },
    {
      method: 'GET',
      pattern: '/v1/me',
      handle: (request) =>
        authenticated(deps.logins, request, async (person) => ({ status: 200, body: { ok: true, person } })),
    },
  ]
}

/** Runs `answer` for the person of the request's token; 401 otherwise. */
export async function authenticated(
  logins: Logins,
  { token }: Request,
  answer: (person: PersonId) => Promise<Answer>,
): Promise<Answer> {
  const person = token === null ? null : await logins.personOf(hashOf(token))
  return person === null
    ? problem(
        401,
        'not logged in',
        'You are not logged in. Run `cutover login` and confirm its code in Slack.',
      )
    : answer(person)
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function loginCode(): string {
  const letters = Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)])
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}
