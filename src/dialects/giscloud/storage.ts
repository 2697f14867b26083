import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { NotFoundError } from '../../domain/errors.ts'
import {
  type FolderItem,
  type FolderOrder,
  listFolder,
  readStorage,
  removeStored,
  requireStorage,
  type StoredAt,
} from '../../domain/storage/storage.ts'
import { encodeStoragePath, nameOfPath, storagePathOfAddress } from '../../domain/storage/storage-path.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { answers, created, deleted, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, flag, listAnswer, orderOf, type Page, pageOf } from './listing.ts'
import { invalid } from './request-form.ts'
import { unixSeconds } from './scalars.ts'
import { storeUpload } from './storage-upload.ts'
import { storedFileAnswer } from './stored-file-answer.ts'

const ROOT = '/1/storage/fs'
/** What the listing of a folder is called in it. */
const LISTING = 'info.json'
const ORDERS: readonly FolderOrder[] = ['name', 'type', 'size', 'created', 'modified']

const tags = ['Storage']
const routes = [`${ROOT}/*`]

const item = z
  .object({
    name: z.string(),
    type: z.enum(['dir', 'file']),
    path: z.string(),
    size: z.number().openapi({ description: 'Bytes; of a folder, of all that is in it' }),
    content_type: z.string().nullable(),
    created: z.number().int(),
    modified: z.number().int(),
  })
  .openapi('StorageItem')

const params = z.object({
  path: z
    .string()
    .openapi({ description: 'Of a file or folder, slashes included', example: 'my_folder/world.shp' }),
})
const destination = z.object({
  destination_map: z
    .string()
    .optional()
    .openapi({ description: "Stores in the space of this map's owner; takes the right to edit the map" }),
})
const upload = z.object({
  filedata: z.string().optional().openapi({ format: 'binary', description: 'Any part with a file' }),
  filename: z.string().optional(),
  content: z.string().optional(),
  destination_map: z.string().optional(),
})

/** Files of who asks, under paths of their own. */
export function mountStorage(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [`${ROOT}/{path}`], routes, tags },
      summary: 'A file, or what is in a folder',
      description:
        'A file with Range and conditional requests; of a folder, and at `{folder}/info.json`, the list of what is in it. ' +
        '`download` makes it a file to be saved, and gives a file that is itself called info.json.',
      request: {
        params,
        query: listParameters(ORDERS).extend({ download: z.string().optional() }),
      },
      responses: answers(
        {
          200: ['The file, or the list', listOf(item)],
          206: 'Some of the file',
          304: 'The file is as it was',
        },
        ...([400, 401, 404] as const),
      ),
    },
    read,
  )

  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: [`${ROOT}/{path}`], routes, tags },
      summary: 'Store files in a folder',
      description:
        'The files of a multipart form, whatever its parts are called, or `filename` and `content`. What has the same path ' +
        'is replaced. A zip archive is unpacked in the folder. All of it is stored, or nothing.',
      request: {
        params,
        query: destination,
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: upload },
            'application/x-www-form-urlencoded': { schema: upload },
          },
        },
      },
      responses: answers(
        { 201: created('The file, or the folder where there are several') },
        ...([400, 401, 403, 404, 409, 413, 415] as const),
      ),
    },
    async (c) => {
      const user = requireStorage(c.var.principal)
      const folder = pathOf(c)
      const paths = await storeUpload(c, user, folder)
      return createdAnswer(c, `${ROOT}/${encodeStoragePath(paths.length === 1 ? paths[0]! : folder)}`)
    },
  )

  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: [`${ROOT}/{path}`], routes, tags },
      summary: 'Delete a file, or a folder with what is in it',
      request: { params },
      responses: answers({ 204: deleted }, 400, 401, 404),
    },
    async (c) => {
      const user = requireStorage(c.var.principal)
      const path = pathOf(c)
      if (path === '') throw invalid('path', 'must name a file or a folder')
      await removeStored(c.var.context, user, path)
      return c.body(null, 204)
    },
  )
}

async function read(c: RequestContext<AppEnv>): Promise<Response> {
  const user = requireStorage(c.var.principal)
  const { context } = c.var
  const path = pathOf(c)
  const page = pageOf(c)
  const listing = { limit: page.perPage, offset: page.offset, order: orderOf(c, ORDERS) }
  const isSaved = flag(c, 'download')
  if (nameOfPath(path) === LISTING && !isSaved) {
    const folder = path.slice(0, -LISTING.length - 1)
    return folderAnswer(c, folder, page, await listFolder(context, user, folder, listing))
  }
  const { file, folder } = await readStorage(context, user, path, listing)
  if (!file) return folderAnswer(c, path, page, folder!)
  try {
    return await storedFileAnswer(c, file, isSaved)
  } catch (error) {
    // Between look-up and reading, another may have been put in its place.
    if (!(error instanceof NotFoundError)) throw error
    const { file: newer } = await readStorage(context, user, path, listing)
    if (!newer) throw error
    return storedFileAnswer(c, newer, isSaved)
  }
}

const folderAnswer = (
  c: RequestContext<AppEnv>,
  path: string,
  page: Page,
  { items, total }: NonNullable<StoredAt['folder']>,
): Response =>
  listAnswer(c, 'files', page, {
    total: page.withTotal ? total : 0,
    data: items.map((found) => itemDocument(path, found)),
  })

const itemDocument = (
  folder: string,
  { name, isFolder, size, contentType, createdAt, modifiedAt }: FolderItem,
): z.infer<typeof item> => ({
  name,
  type: isFolder ? 'dir' : 'file',
  path: folder === '' ? name : `${folder}/${name}`,
  size,
  content_type: contentType,
  created: unixSeconds(createdAt)!,
  modified: unixSeconds(modifiedAt)!,
})

/** Parts of an address before the path: nothing, `1`, `storage`, `fs`. */
const ROOT_PARTS = ROOT.split('/').length

/** The path that an address names, as it was sent: decoded once, name by name. @throws ValidationError */
const pathOf = (c: RequestContext): string =>
  storagePathOfAddress(new URL(c.req.url).pathname.split('/').slice(ROOT_PARTS).join('/'))
