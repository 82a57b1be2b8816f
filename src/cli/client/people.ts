import type { Person } from '../../app/ports.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import type { ServeClient } from './serve-client.ts'

const isId = (text: string): boolean => /^[UW][A-Z0-9]+$/.test(text)

/** @name → Slack user id, for {@link personFrom}. */
export async function idsByName(client: ServeClient): Promise<ReadonlyMap<string, string>> {
  return new Map((await everybody(client)).map(({ id, name }) => [name, id]))
}

/** Slack user id → name. Without Slack nobody has a name, and everybody is shown by the id. */
export async function namesById(client: ServeClient): Promise<ReadonlyMap<string, string>> {
  try {
    return new Map((await everybody(client)).map(({ id, name }) => [id, name]))
  } catch (error) {
    if (error instanceof CommandEnd && error.exitCode === EXIT.noAnswer) return new Map()
    throw error
  }
}

async function everybody(client: ServeClient): Promise<readonly Person[]> {
  return (await client.get<{ people: readonly Person[] }>('/v1/people')).people
}

/** A person of the command line, as a Slack user id. Throws {@link CommandEnd}. */
export function personFrom(text: string, people: ReadonlyMap<string, string>): string {
  const id = isId(text) ? text : people.get(text.replace(/^@/, ''))
  if (id !== undefined) return id
  throw new CommandEnd(
    `Nobody is called ${text} in the workspace. Write @name or the Slack user id. Nothing was changed.`,
    EXIT.usage,
  )
}
