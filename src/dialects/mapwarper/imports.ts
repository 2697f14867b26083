import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import {
  changeImport,
  createImport,
  isImportSortKey,
  listAllImports,
  listScansOfImport,
  readImport,
  removeImport,
  requireAdministrator,
  startImport,
} from '../../domain/imports/imports.ts'
import {
  discardImport,
  type StagedImport,
  stageImport,
  withoutFiles,
} from '../../domain/imports/stage-import.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { mediaTypeOf, readBody } from '../../http/request-body.ts'
import type { ImportListing, ImportRecord, RowFault } from '../../store/imports.ts'
import type { UserPrincipal } from '../../store/principal.ts'
import {
  changedImportAttributes,
  importAttributesOf,
  type NewImport,
  newImportOf,
} from './import-attributes.ts'
import {
  changedImportBody,
  importDocument,
  importList,
  newImportBody,
  newImportForm,
} from './import-schemas.ts'
import { importResource, wholeImportResource } from './import-serialize.ts'
import { pageLinks, pageMeta, pagingOf } from './paging.ts'
import { originOf, pathId, queryOf } from './requests.ts'
import {
  jsonAnswer,
  jsonBody,
  MALFORMED,
  NOT_FOUND,
  NOT_SIGNED_IN,
  TOO_LARGE,
  UNPROCESSABLE,
  UNSUPPORTED,
} from './responses.ts'
import { mapList } from './schemas.ts'
import { mapResource } from './serialize.ts'

const tags = ['Imports']
const params = z.object({ id: z.string().openapi({ example: '121' }) })
const sortOrder = z.enum(['asc', 'desc']).optional()
const paging = { page: z.string().optional(), per_page: z.string().optional() }

const listQuery = z.object({
  sort_key: z.enum(['id', 'name', 'user_id', 'status', 'created_at', 'updated_at', 'finished_at']).optional(),
  sort_order: sortOrder,
  ...paging,
})

export function mountImports(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/imports'],
      tags,
      summary: 'List imports, as an administrator',
      request: { query: listQuery },
      responses: {
        200: jsonAnswer('A page of imports', importList),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = administratorOf(c)
      const query = queryOf(c)
      const listing = listingOf(query)
      const { records, total } = await listAllImports(c.var.context, user, listing)
      return json(c, {
        data: records.map((record) => importResource(record, originOf(c))),
        links: pageLinks(c.req.url, listing, total),
        meta: pageMeta(listing, total),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/imports'],
      tags,
      summary: 'Make an import of a table and pictures, as an administrator',
      request: {
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: newImportForm },
            'application/json': { schema: newImportBody },
          },
        },
      },
      responses: {
        201: jsonAnswer('The import, ready to be started', importDocument),
        ...MALFORMED,
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...TOO_LARGE,
        ...UNSUPPORTED,
        ...UNPROCESSABLE,
      },
    },
    async (c) => answer(c, { record: await createFromRequest(c), faults: [] }, 201),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/imports/{id}'],
      tags,
      summary: 'Get an import, as an administrator',
      request: { params },
      responses: { 200: jsonAnswer('The import', importDocument), ...NOT_SIGNED_IN, ...NOT_FOUND },
    },
    async (c) => {
      const user = administratorOf(c)
      return answer(c, await readImport(c.var.context, user, pathId(c, 'Import')))
    },
  )

  endpoint(
    app,
    {
      methods: ['patch', 'put'],
      paths: ['/api/v1/imports/{id}'],
      tags,
      summary: 'Change the name or the layers of an import, as an administrator',
      description: 'Layers that are given to an import that has finished get its maps at once.',
      request: { params, ...jsonBody(changedImportBody) },
      responses: {
        200: jsonAnswer('The changed import', importDocument),
        ...MALFORMED,
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = administratorOf(c)
      const { context } = c.var
      const { record, faults } = await readImport(context, user, pathId(c, 'Import'))
      const given = importAttributesOf(await readBody(c.req.raw), 'gcps')
      const changed = await changeImport(context, user, record.id, changedImportAttributes(given))
      return answer(c, { record: changed, faults })
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/api/v1/imports/{id}'],
      tags,
      summary: 'Delete an import, as an administrator; its maps and layers stay',
      request: { params },
      responses: { 200: jsonAnswer('The import as it was', importDocument), ...NOT_SIGNED_IN, ...NOT_FOUND },
    },
    async (c) => {
      const user = administratorOf(c)
      return answer(c, await removeImport(c.var.context, user, pathId(c, 'Import')))
    },
  )

  endpoint(
    app,
    {
      methods: ['patch', 'post', 'put'],
      paths: ['/api/v1/imports/{id}/start'],
      tags,
      summary: 'Start an import that is ready or has failed, as an administrator',
      request: { params },
      responses: {
        200: jsonAnswer('The import, running', importDocument),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = administratorOf(c)
      return answer(c, await startImport(c.var.context, user, pathId(c, 'Import')))
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/imports/{id}/maps'],
      tags,
      summary: 'List the maps of an import that has finished, as an administrator',
      request: { params, query: z.object({ sort_order: sortOrder, ...paging }) },
      responses: {
        200: jsonAnswer('A page of maps, by the time they were made', mapList),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = administratorOf(c)
      const listing = listingOf(queryOf(c))
      const { records, total } = await listScansOfImport(c.var.context, user, pathId(c, 'Import'), listing)
      return json(c, {
        data: records.map((scan) => mapResource(scan, originOf(c))),
        links: pageLinks(c.req.url, listing, total),
        meta: pageMeta(listing, total),
      })
    },
  )
}

const administratorOf = (c: RequestContext<AppEnv>): UserPrincipal => requireAdministrator(requireUser(c))

function answer(
  c: RequestContext<AppEnv>,
  { record, faults }: { record: ImportRecord; faults: readonly RowFault[] },
  status: 200 | 201 = 200,
): Response {
  return json(c, { data: wholeImportResource(record, faults, originOf(c)) }, status)
}

function listingOf(query: URLSearchParams): ImportListing {
  const sortKey = query.get('sort_key') ?? ''
  return {
    ...pagingOf(query),
    sortKey: isImportSortKey(sortKey) ? sortKey : 'created_at',
    ascending: query.get('sort_order') === 'asc',
  }
}

/** Takes the files out of the body while it arrives, then checks the rest; a refused request leaves no file behind. */
async function createFromRequest(c: RequestContext<AppEnv>): Promise<ImportRecord> {
  const user = administratorOf(c)
  const { context } = c.var
  const staged = await stagedOf(c)
  let newImport: NewImport
  try {
    newImport = newImportOf(staged)
  } catch (error) {
    await discardImport(context, staged.uuid)
    throw error
  }
  return createImport(context, user, newImport.attributes, { ...staged, table: newImport.table })
}

async function stagedOf(c: RequestContext<AppEnv>): Promise<StagedImport> {
  const { raw } = c.req
  const contentType = raw.headers.get('content-type') ?? ''
  if (mediaTypeOf(contentType) !== 'multipart/form-data') return withoutFiles(await readBody(raw))
  return stageImport(c.var.context, {
    stream: bodyOf(raw),
    contentType,
    contentLength: raw.headers.get('content-length'),
  })
}
