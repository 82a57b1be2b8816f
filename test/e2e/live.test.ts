import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, handsIn, type Hands } from '../support/slack-hands.ts'
import { startProduct, type Product } from '../support/product.ts'
import { shopRunbooks } from '../support/shop.ts'

let product: Product
let hands: Hands

beforeAll(async () => {
  product = await startProduct({
    pool: 'shop-db',
    ownLogins: true,
    runbooks: await shopRunbooks(),
    bindings: async (target) => ({
      environments: {
        production: { live: true, secrets: { SHOP_URL: await target.createDatabase('shop') } },
      },
    }),
  })
  hands = handsIn(product)
})
afterAll(() => product?.stop())

/** `cutover login` in a terminal, its code confirmed in Slack. */
async function login(who: string): Promise<void> {
  const terminal = product.cliProcess(who, ['login'])
  const code = await new Promise<string>((resolve) => {
    let said = ''
    terminal.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const match = /\/cutover login ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(said)
      if (match?.[1]) resolve(match[1])
    })
  })
  await hands.command(who, 'general', `/cutover login ${code}`)
  await new Promise((resolve) => terminal.once('exit', resolve))
  expect(terminal.exitCode).toBe(0)
}

async function done(who: string, ...words: string[]): Promise<void> {
  const ran = await product.cli(who, words)
  if (ran.code !== 0) throw new Error(`cutover ${words.join(' ')} ended with ${ran.code}:\n${ran.err}`)
}

describe('a live cutover', () => {
  it('goes from the command line and Slack, by two people, to its closing', async () => {
    await login('ana')
    await login('giorgi')
    await done(
      'ana',
      'start',
      'shop',
      '--environment=production',
      '--at=+20s',
      '--holder',
      'lead=@ana',
      'observer=@giorgi',
    )
    const channel = await hands.channel('shop-production')

    await hands.press('giorgi', channel, 'step.tick', /dashboard/i)
    await hands.press('ana', channel, 'gate.go', /Go or no-go/)
    const alone = await product.cli('ana', ['status', '--json'])
    expect(JSON.parse(alone.out).state.gates.go.decision).toBeUndefined()
    await done('giorgi', 'go')

    await hands.press('ana', channel, 'step.tick', /Stop the shop/)
    await hands.press('ana', channel, 'step.run', /Create the orders table/)
    await done('ana', 'status', '--wait', 'there', '--timeout', '30')
    await done('ana', 'tick', 'start')
    await hands.press('ana', channel, 'gate.go', /complete/i)
    await done('giorgi', 'go', 'complete')
    await done('giorgi', 'status', '--cutover', await onlyCutover(), '--wait', 'closed', '--timeout', '30')
  })

  it('has told those who had to know', async () => {
    const begins = await hands.sees('ops', /Work on Shop gets its orders table begins/)
    expect(begins.plain + begins.text).not.toContain('REHEARSAL')
    const [mail] = product.mail.messages()
    expect(mail).toMatchObject({ subject: 'Work on the shop begins' })
  })

  it('ends with a timeline in its channel that says who did what, by Slack and by the command line', async () => {
    const channel = await hands.channel('shop-production')
    await hands.sees(channel, /Create the orders table/)
    const timeline = await product.cli('ana', ['timeline', await onlyCutover()])

    expect(timeline.out).toContain('Create the orders table')
    const events = await product.log.events(await onlyCutover())
    const ways = new Set(events.flatMap(({ actor }) => (actor.kind === 'person' ? [actor.via] : [])))
    expect(ways).toEqual(new Set(['slack', 'cli']))
    expect(events.find(({ type }) => type === 'timeline posted')).toBeDefined()
  })

  it('has changed the target once', async () => {
    const client = await product.targetServer.connect(
      product.targetServer.url.replace(/\/postgres$/, '/shop'),
    )
    const { rows } = await client.query('select file from cutover_applied')
    expect(rows).toHaveLength(1)
  })

  it('can be exported and proven without the database', async () => {
    const folder = join(product.folder, 'evidence')
    await done('ana', 'export', await onlyCutover(), '--to', folder)

    expect(existsSync(join(folder, 'timeline.md'))).toBe(true)
    expect((await product.cli('ana', ['verify', folder])).out).toContain('the chain is whole')
    expect((await product.cli('ana', ['verify', await onlyCutover()])).code).toBe(0)
  })
})

async function onlyCutover(): Promise<string> {
  return eventually('a cutover', async () => (await product.log.list())[0]?.id)
}
