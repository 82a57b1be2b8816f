import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { runbookJsonSchema } from '../../src/runbook/json-schema.ts'

const schema = JSON.parse(JSON.stringify(runbookJsonSchema())) as {
  properties: object
  additionalProperties: boolean
}
const written = JSON.stringify(schema)

test('the JSON Schema refuses unknown keys and is one that editors read', () => {
  expect(schema).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    additionalProperties: false,
  })
})

test('the JSON Schema knows every key of the sample, built or not', () => {
  const sample: unknown = parse(readFileSync(new URL('sample.yaml', import.meta.url), 'utf8'))
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(sample as object)))
  const steps =
    'do check run decide tell watch one_of undo needs opens closes irreversible estimate answers tty results'
  for (const key of steps.split(' ')) expect(written).toContain(`"${key}":`)
})
