import { readFile } from 'node:fs/promises'

const FILES = ['shop.yaml', 'shop/begins.hbs', 'shop/orders.sql'] as const

/** The small runbook that end-to-end tests carry out, with the files it names. */
export async function shopRunbooks(): Promise<Record<string, string>> {
  const read = (name: string) => readFile(new URL(`../e2e/live/${name}`, import.meta.url), 'utf8')
  return Object.fromEntries(await Promise.all(FILES.map(async (name) => [name, await read(name)] as const)))
}
