import type { R2Bucket } from '@cloudflare/workers-types'
import { FormatError } from '../../../formats/format-error.ts'
import type { SourceFile } from './optimizer.ts'

/** The bytes of a file. @throws FormatError `changed` where its object is gone */
export async function sourceBytes(bucket: R2Bucket, { path, objectKey }: SourceFile): Promise<Uint8Array> {
  const object = await bucket.get(objectKey)
  if (!object) throw new FormatError('changed', `${path} was changed while it was read; ask for it again`)
  return new Uint8Array(await object.arrayBuffer())
}

/** What bytes say in UTF-8; null for those that are in another encoding. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return null
  }
}
