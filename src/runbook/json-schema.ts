import { z } from 'zod'
import { RunbookDocument } from './schema/document.ts'

/** JSON Schema (draft 7, which editors' YAML support reads) of a runbook, from the same schemas that validate it. */
export const runbookJsonSchema = (): object =>
  z.toJSONSchema(RunbookDocument, { target: 'draft-7', io: 'input', reused: 'ref' })
