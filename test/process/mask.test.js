import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_BYTES_MAX, makeLineMasker } from '../../src/process/masked-lines.js'
import { makeMasker, SecretTooShort } from '../../src/process/mask.js'
function secrets(...values) {
  return values.map((value, index) => ({ name: `SECRET_${index}`, value }))
}
/** All of the output through the line masker, in the given chunks. */
function through(chunks, values) {
  const lines = makeLineMasker(makeMasker(secrets(...values)), { insideCutLine: false })
  const masked = [...chunks.flatMap((chunk) => lines.push(chunk.toString('latin1'))), ...lines.end()]
  return Buffer.from(masked.join('\n'), 'latin1').toString()
}
const aSecret = fc
  .oneof(
    fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' }),
    fc.stringMatching(/^[\x20-\x7e]{6,40}$/),
  )
  .filter((value) => [...value].length >= 6 && !value.includes('://') && !'[masked]'.includes(value))
const padding = fc.stringMatching(/^[ -~]{0,20}$/)
/** Each form, and the part of it that cannot but come from the secret. */
const forms = [
  (secret) => alone(secret),
  (secret) => alone(encodeURIComponent(secret)),
  (secret) => alone(encodeURIComponent(secret).replaceAll(/%../g, (hex) => hex.toLowerCase())),
  (secret) => alone(new URLSearchParams({ v: secret }).toString().slice(2)),
  (secret) => alone(encodeURI(secret)),
  (secret) => alone(JSON.stringify(secret).slice(1, -1)),
  (secret) => alone(JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')),
  (secret) =>
    alone(
      secret.replaceAll(/./gsu, (c) =>
        c
          .split('')
          .map((unit) => `\\u${hex4(unit)}`)
          .join(''),
      ),
    ),
  (secret) => alone(Buffer.from(secret).toString('hex')),
  (secret) => alone(Buffer.from(secret).toString('hex').toUpperCase()),
  (secret, before, after) => inBase64('base64', secret, before, after),
  (secret, before, after) => inBase64('base64url', secret, before, after),
]
function alone(printed) {
  return { printed, sure: printed }
}
function hex4(unit) {
  return unit.charCodeAt(0).toString(16).padStart(4, '0')
}
function inBase64(encoding, secret, before, after) {
  const printed = Buffer.from(before + secret + after).toString(encoding)
  const start = Math.ceil((Buffer.byteLength(before) * 8) / 6)
  const end = Math.floor(((Buffer.byteLength(before) + Buffer.byteLength(secret)) * 8) / 6)
  return { printed, sure: printed.slice(start, end) }
}
describe('the masker', () => {
  it('hides a secret in every listed form, wherever the chunks of the output end', () => {
    fc.assert(
      fc.property(
        fc.array(aSecret, { minLength: 1, maxLength: 3 }),
        fc.nat(forms.length - 1),
        padding,
        padding,
        fc.array(fc.nat(400), { maxLength: 6 }),
        (values, form, before, after, cuts) => {
          const [secret = ''] = values
          fc.pre(!['\r', '\n', '\x1b'].some((control) => values.join('').includes(control)))
          const { printed, sure } = forms[form](secret, before, after)
          const output = Buffer.from(`first line\n${before}${printed}${after}\nlast line\n`)
          const borders = [0, ...cuts.map((cut) => cut % output.length).sort((a, b) => a - b), output.length]
          const chunks = borders.slice(1).map((end, index) => output.subarray(borders[index], end))
          const masked = through(chunks, values)
          expect(masked).not.toContain(sure)
          expect(masked).toContain('[masked]')
        },
      ),
      { numRuns: 3_000 },
    )
  })
  it('lets no part of a secret through where a long line is cut', () => {
    const secret = 'correct-horse-battery-staple'
    fc.assert(
      fc.property(
        fc.integer({ min: 3_950, max: 4_150 }),
        fc.nat(40),
        fc.nat(20_000),
        (before, gap, after) => {
          const line = `${'a'.repeat(before)}${secret}${'b'.repeat(gap)}${secret}${'c'.repeat(after)}`
          const masked = through([Buffer.from(`${line}\n`)], [secret])
          expect(masked).not.toMatch(/corr/)
          expect(masked.length).toBeLessThanOrEqual(LINE_BYTES_MAX + ' [line cut]'.length)
        },
      ),
    )
  })
  it('is not fooled when masking shortens a long line so much that its unseen end comes near', () => {
    const secret = 'correct-horse-battery-staple'
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 1_000 }), fc.nat(60), (times, shift) => {
        const line = 'x'.repeat(shift) + secret.repeat(times) + 'tail'.repeat(10_000)
        const masked = through([Buffer.from(`${line}\n`)], [secret])
        expect(masked).not.toMatch(/corr|horse|staple/)
      }),
    )
  })
  it('gives the same lines however the output was cut into chunks', () => {
    const piece = fc.constantFrom('a', 'b', 'c', 'abc', '\r', '\n', '\x1b[1m', '\x1b', '\0', 'é')
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
    const long = fc.integer({ min: 16_000, max: 40_000 }).map((size) => 'z'.repeat(size))
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: text }, long), { maxLength: 8 }),
        fc.array(fc.nat(100_000), { maxLength: 12 }),
        (parts, cuts) => {
          const output = Buffer.from(parts.join(''))
          const borders = [
            0,
            ...cuts.map((cut) => cut % (output.length + 1)).sort((a, b) => a - b),
            output.length,
          ]
          const chunks = borders.slice(1).map((end, index) => output.subarray(borders[index], end))
          expect(through(chunks, ['abcabc'])).toBe(through([output], ['abcabc']))
        },
      ),
      { numRuns: 500 },
    )
  })
  it('hides user and password of a URL, as written and decoded, and other URLs’ passwords', () => {
    const url = 'postgres://ward_admin:p%40ss%2Fword@db1:5432,db2:5432/ward?sslmode=require'
    const { mask } = makeMasker(secrets(url))
    expect(mask(`connecting to ${url}!`)).toBe('connecting to [masked]!')
    expect(mask('role "ward_admin" with p@ss/word')).toBe('role "[masked]" with [masked]')
    expect(mask('PGPASSWORD=p%40ss%2Fword')).toBe('PGPASSWORD=[masked]')
    expect(mask('redis://:hunter2@cache:6379/0')).toBe('redis://[masked]@cache:6379/0')
    expect(mask('token xoxb-1234567890-abcdef.')).toBe('token [masked].')
    expect(mask('db1:5432 answers')).toBe('db1:5432 answers')
  })
  it('leaves user names alone where facts are masked, and still hides passwords', () => {
    const { mask } = makeMasker(secrets('postgres://cutover:s3cr3t-pw@db/ward'), { users: false })
    expect(mask('/var/backups/cutover/ward.db')).toBe('/var/backups/cutover/ward.db')
    expect(mask('s3cr3t-pw')).toBe('[masked]')
  })
  it('hides a Basic authorisation, overlapping secrets and the lines of a key', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n'
    const { mask } = makeMasker(secrets('opensesame', 'abcdefgh', 'efghijkl', key))
    const basic = mask(`Authorization: Basic ${Buffer.from('ali:opensesame').toString('base64')}`)
    expect(Buffer.from(basic.split(' ')[2].replace('[masked]', ''), 'base64').toString()).toMatch(/^ali:?$/)
    expect(mask('xabcdefghijkly')).toBe('x[masked]y')
    expect(makeMasker(secrets('abcdabcd')).mask('abcdabcdabcd')).toBe('[masked]')
    expect(mask('MIIEvQIBADANBgkq')).toBe('[masked]')
    expect(mask(JSON.stringify({ key }))).toBe('{"key":"[masked]"}')
  })
  it('finds a secret that is coloured in the middle', () => {
    expect(through([Buffer.from('\x1b[1mopen\x1b[31mses\x1b[0mame\x1b[0m\n')], ['opensesame'])).toBe(
      '[masked]',
    )
  })
  it('refuses secrets under six characters, by name and not by value', () => {
    const refusal = (value) => () => makeMasker([{ name: 'DB_PASSWORD', value }])
    expect(refusal('abc12')).toThrow(SecretTooShort)
    expect(refusal('abc12')).toThrow(/DB_PASSWORD/)
    expect(refusal('abc12')).not.toThrow(/abc12/)
    expect(refusal('postgres://app:pw@db/x')).toThrow(/DB_PASSWORD \(the password in its URL\)/)
    expect(refusal('postgres://app@db/x')).not.toThrow()
  })
  it('leaves ordinary output byte for byte as it was', () => {
    const output = 'COPY 3,012,884\n\tდავით ✓ 100 %\nhttps://example.org:8080/a@b\n'
    expect(through([Buffer.from(output)], ['opensesame'])).toBe(output.trimEnd())
  })
})
