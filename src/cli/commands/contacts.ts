import type { Command } from 'commander'
import type { ContactData } from '../../app/ports.ts'
import type { Contact } from '../../domain/plan.ts'
import { namesById } from '../client/people.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { loadState } from './act.ts'

interface Contacts {
  readonly people: { readonly [person: string]: ContactData }
  readonly outside: { readonly [name: string]: Contact }
}

/** How the people of a cutover are reached: in no event, and for those who hold a role. */
export function addContacts(program: Command, terminal: Terminal): void {
  program
    .command('contacts')
    .description('whom to call, for those who hold a role')
    .option('--cutover <id>', 'which one; may be left out while one is open')
    .option('--json', 'machine-readable answer')
    .action(async ({ cutover, json }: { cutover?: string; json?: true }) => {
      const client = clientOf(terminal)
      const { state } = await loadState(client, cutover)
      const contacts = await client.get<Contacts>(`/v1/cutovers/${encodeURIComponent(state.id)}/contacts`)
      if (json) return terminal.out(JSON.stringify({ people: contacts.people, outside: contacts.outside }))
      const names = await namesById(client)
      const roles = Object.entries(state.plan.roles).map(([role, { title }]) => {
        const holder = state.holders[role]
        const people =
          holder === undefined ? [] : [holder.person, holder.backup].filter((one) => one !== undefined)
        const shown = people.map((one) => reached(`@${names.get(one) ?? one}`, contacts.people[one]))
        return `  ${title}: ${shown.join('; stand-in ') || 'nobody'}`
      })
      const outside = Object.values(contacts.outside).map(
        ({ name, link, text, ...data }) =>
          `  ${[reached(name, data), link, text].filter((part) => part !== undefined).join(', ')}`,
      )
      terminal.out(['Roles', ...roles, ...(outside.length === 0 ? [] : ['Outside', ...outside])].join('\n'))
    })

  program
    .command('contact')
    .description('say how you are reached; kept outside the record until the cutover is forgotten')
    .option('--phone <number>', 'with the country’s code')
    .option('--email <address>', 'an address')
    .option('--cutover <id>', 'which one; may be left out while one is open')
    .action(async ({ cutover, phone, email }: ContactData & { cutover?: string }) => {
      if (phone === undefined && email === undefined)
        throw new CommandEnd('Give --phone, --email, or both. Nothing was kept.', EXIT.usage)
      const client = clientOf(terminal)
      const { state } = await loadState(client, cutover)
      const given = { ...(phone !== undefined && { phone }), ...(email !== undefined && { email }) }
      await client.post(
        `/v1/cutovers/${encodeURIComponent(state.id)}/contacts`,
        given,
        terminal.words.join(' '),
      )
      terminal.out(`Kept for those who hold a role in ${state.plan.title}.`)
    })
}

const reached = (name: string, { phone, email }: ContactData = {}): string =>
  [name, phone, email].filter((part) => part !== undefined).join(', ')
