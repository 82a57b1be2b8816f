import type { IncomingMessage } from 'node:http'
import type { JsonObject } from './json.ts'
import { isObject, parseJson } from './json.ts'

const LARGEST_BODY = 64 * 1024 * 1024

export class BodyTooLarge extends Error {}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > LARGEST_BODY) throw new BodyTooLarge('The body is larger than 64 MB.')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** The arguments of a Web API call: a form, a multipart form, JSON, or the query. */
export async function readArguments(request: IncomingMessage, query: URLSearchParams): Promise<JsonObject> {
  const body = await readBody(request)
  return { ...Object.fromEntries(query), ...(await decode(request.headers['content-type'] ?? '', body)) }
}

/** The bytes of an uploaded file, sent raw or as the only file of a multipart form. */
export async function readUpload(request: IncomingMessage): Promise<Buffer> {
  const body = await readBody(request)
  const contentType = request.headers['content-type'] ?? ''
  if (!contentType.startsWith('multipart/form-data')) return body
  for (const value of (await multipart(contentType, body)).values()) {
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer())
  }
  return Buffer.alloc(0)
}

async function decode(contentType: string, body: Buffer): Promise<JsonObject> {
  if (contentType.startsWith('application/json')) {
    const parsed = parseJson(body.toString())
    return isObject(parsed) ? parsed : {}
  }
  if (contentType.startsWith('multipart/form-data'))
    return Object.fromEntries(await multipart(contentType, body))
  return Object.fromEntries(new URLSearchParams(body.toString()))
}

async function multipart(contentType: string, body: Buffer): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
}
