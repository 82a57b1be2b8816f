import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

/** S3-compatible storage on this machine, with one bucket; `reached` is what an action needs to use it. */
export async function startStorage() {
  const directory = mkdtempSync(join(tmpdir(), 'cutover-s3-'))
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: 'backups' }],
  })
  const { port } = await server.run()
  return {
    /** Where the objects lie, so that a test can damage one. */
    directory,
    reached: {
      bucket: 'backups',
      endpoint: `http://127.0.0.1:${port}`,
      access_key: 'S3RVER',
      secret_key: 'S3RVER',
    },
    stop: async () => {
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
