import { z } from 'zod'

/** Parameters by which an action reaches object storage. */
export const storageParameters = {
  bucket: z.string().min(3).describe('The bucket; it must be there.'),
  endpoint: z
    .string()
    .refine(isEndpoint, 'an endpoint begins with http:// or https:// and holds no user or password')
    .optional()
    .describe('Address of a storage other than AWS (MinIO, Ceph, R2…); its buckets are part of the path.'),
  region: z.string().min(1).default('us-east-1').describe('Region of the bucket; us-east-1 unless said.'),
  access_key: z.string().min(1).describe('Access key, a secret: `$s3_access_key`.'),
  secret_key: z.string().min(1).describe('Secret key, a secret: `$s3_secret_key`.'),
  session_token: z.string().min(1).optional().describe('Session token of temporary credentials, a secret.'),
}

const Place = z.object(storageParameters)
export type StoragePlace = z.infer<typeof Place>

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
}

/** `s3://backups/night/a.dump` → bucket and key. */
export function parseUrl(url: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? []
  return { bucket, key }
}
