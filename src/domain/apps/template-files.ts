import { createHash } from 'node:crypto'
import { crc32 } from '../../formats/crc32.ts'
import type { NewAppFile } from '../../store/app-files.ts'
import { objectKeys } from '../../store/objects.ts'
import type { Context } from '../context.ts'
import { mediaTypeOfFile } from '../storage/media-types.ts'
import { discardObjects } from '../storage/stored-objects.ts'
import { CONFIG_PATH } from './app-paths.ts'
import type { AppTexts } from './app-texts.ts'
import { type AppTemplate, TEMPLATES } from './templates.ts'

export const findTemplate = (id: string): AppTemplate | undefined =>
  TEMPLATES.find((template) => template.id === id)

/** Bytes of a file of a template; null where it has none of the name. */
export async function readTemplateFile(
  { readAsset }: Pick<Context, 'readAsset'>,
  { id, files }: AppTemplate,
  path: string,
): Promise<Uint8Array | null> {
  return files.includes(path) && readAsset ? readAsset(`/assets/templates/${id}/${path}`) : null
}

/**
 * Puts the files of a template into the bucket, as files that a new app is to have; its configuration has the app's title and
 * description. Where one fails, nothing is left.
 */
export async function copyTemplate(
  context: Pick<Context, 'bucket' | 'readAsset'>,
  template: AppTemplate,
  texts: AppTexts,
): Promise<NewAppFile[]> {
  const actUuid = crypto.randomUUID()
  const copies = await Promise.all(
    template.files.map(async (path, index) => {
      const bytes = await readTemplateFile(context, template, path)
      if (!bytes) throw new Error(`the template ${template.id} lacks its file ${path}`)
      const content = path === CONFIG_PATH ? withTexts(bytes, texts) : bytes
      return { file: newFile(path, objectKeys.appFile(actUuid, index), content), content }
    }),
  )
  const puts = await Promise.allSettled(
    copies.map(({ file: { objectKey, contentType }, content }) =>
      context.bucket.put(objectKey, content, { httpMetadata: { contentType } }),
    ),
  )
  const files = copies.map(({ file }) => file)
  const failed = puts.find((put) => put.status === 'rejected')
  if (!failed) return files
  await discardObjects(
    context,
    files.map(({ objectKey }) => objectKey),
  )
  throw failed.reason
}

const newFile = (path: string, objectKey: string, bytes: Uint8Array): NewAppFile => ({
  path,
  objectKey,
  byteSize: bytes.length,
  contentType: mediaTypeOfFile(path, null),
  sha256: createHash('sha256').update(bytes).digest('hex'),
  crc32: crc32(bytes),
})

function withTexts(bytes: Uint8Array, { title, description }: AppTexts): Uint8Array {
  const configuration = JSON.parse(new TextDecoder().decode(bytes)) as { properties?: object }
  const properties = { ...configuration.properties, title, description }
  return new TextEncoder().encode(`${JSON.stringify({ ...configuration, properties }, null, 2)}\n`)
}
