import { Problem } from './acting/problem.ts'
import type { Answer } from './answering.ts'
import { answerCall } from './answering.ts'
import { readUpload } from './request-body.ts'
import type { Route } from './routes.ts'
import type { StoredFile } from './types.ts'
import type { World } from './world.ts'

/** Where the app puts the bytes of a file: `POST /upload/v1/ID`. Faults and the log call it `upload`. */
export function uploadRoute(world: World): Route {
  return {
    method: 'POST',
    path: '/upload/v1/:id',
    async serve(visit) {
      const bytes = await readUpload(visit.request)
      const id = visit.params['id'] ?? ''
      const args = { id, bytes: bytes.length }
      await answerCall(world, { name: 'upload', args }, visit, () =>
        receive(world.state.files.get(id), bytes),
      )
    },
  }
}

/** The bytes of a file that was uploaded: `GET /files/ID/NAME`. */
export function fileRoute(world: World): Route {
  return {
    method: 'GET',
    path: '/files/:id/:name',
    serve({ response, params }) {
      const file = world.state.files.get(params['id'] ?? '')
      if (file?.bytes === undefined) throw new Problem(404, 'file_not_found', 'There is no such file.')
      response.writeHead(200, {
        // Never shown as a page of the workspace itself, whatever is inside.
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
        'x-content-type-options': 'nosniff',
        'content-length': file.bytes.length,
      })
      response.end(file.bytes)
    },
  }
}

function receive(file: StoredFile | undefined, bytes: Buffer): Answer {
  if (file === undefined) return { status: 404, body: { ok: false, error: 'file_not_found' } }
  if (bytes.length !== file.length) return { status: 400, body: { ok: false, error: 'bad_length' } }
  file.bytes = bytes
  return { status: 200, body: { ok: true } }
}
