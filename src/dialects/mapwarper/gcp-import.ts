import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { ForbiddenError, ValidationError } from '../../domain/errors.ts'
import {
  copyGcps,
  GCP_FILE_MAX_BYTES,
  type GcpImportOptions,
  type ImportedGcps,
  importGcps,
  importGcpsOfManyScans,
} from '../../domain/gcp-import.ts'
import { readScanPoints } from '../../domain/gcps.ts'
import { GCP_FORMAT_NAMES } from '../../formats/gcps/index.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import { readTextUpload } from '../../http/text-upload.ts'
import { hasRole } from '../../store/principal.ts'
import { asRecord, InvalidParamError, missing } from './envelope.ts'
import {
  copiedGcpList,
  gcpCopyBody,
  gcpImportForm,
  gcpImportParameters,
  importedGcpList,
} from './gcp-schemas.ts'
import { idOf, pathId, queryOf } from './requests.ts'
import {
  jsonAnswer,
  jsonBody,
  MALFORMED,
  NOT_FOUND,
  NOT_SIGNED_IN,
  TOO_LARGE,
  UNPROCESSABLE,
} from './responses.ts'
import { gcpResource } from './serialize.ts'

const tags = ['Ground control points']
const params = z.object({ id: z.string() })
const writes = { ...MALFORMED, ...NOT_SIGNED_IN, ...NOT_FOUND, ...TOO_LARGE, ...UNPROCESSABLE }
const fileBody = {
  body: {
    required: true,
    content: {
      'multipart/form-data': { schema: gcpImportForm },
      'text/plain': { schema: z.string() },
      'application/json': { schema: z.object({}).openapi({ description: 'A Georeference Annotation' }) },
    },
  },
}

export function mountGcpImport(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/maps/{id}/gcps/import', '/gcps/add_many/{id}'],
      tags,
      summary: 'Add the control points of a file to a map, all or none',
      description:
        'CSV, QGIS, GDAL, ArcGIS or a Georeference Annotation (its points alone; not its mask, nor its transformation), ' +
        'as the part `file` of a form or as the body. Points that are there already, and those the file disables, are ' +
        `left out. Every line that cannot be taken is named. Up to ${GCP_FILE_MAX_BYTES / 1024} KiB.`,
      request: { params, query: gcpImportParameters, ...fileBody },
      responses: { 200: jsonAnswer('The new points alone', importedGcpList), ...writes },
    },
    async (c) => {
      const user = requireUser(c)
      const scan = await readScanPoints(c.var.context, user, pathId(c, 'Map'))
      const { text, fields } = await uploadOf(c)
      return answer(c, await importGcps(c.var.context, user, scan, text, importOptions(c, fields)))
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/gcps/add_many'],
      tags,
      summary: 'Add the control points of a CSV to the maps it names, all or none, as an editor',
      description: 'The header is `mapid,x,y,lon,lat,name`. Points that are there already are left out.',
      request: fileBody,
      responses: { 200: jsonAnswer('The new points alone', importedGcpList), ...writes },
    },
    async (c) => {
      const user = requireUser(c)
      if (!hasRole(user, 'editor')) throw new ForbiddenError()
      const { text } = await uploadOf(c)
      return answer(c, await importGcpsOfManyScans(c.var.context, user, text))
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/maps/{id}/gcps/copy'],
      tags,
      summary: 'Apply the control points of another map to this one',
      request: { params, ...jsonBody(gcpCopyBody) },
      responses: { 200: jsonAnswer('The new points alone', copiedGcpList), ...writes },
    },
    copy,
  )
}

async function copy(c: RequestContext<AppEnv>): Promise<Response> {
  const user = requireUser(c)
  const to = await readScanPoints(c.var.context, user, pathId(c, 'Map'))
  const sent = asRecord(await readBody(c.req.raw)) ?? {}
  const body = asRecord(asRecord(sent.data)?.attributes) ?? sent
  const { from } = body
  if (from === undefined || from === null || from === '') throw missing('from')
  if (typeof from !== 'string' && typeof from !== 'number')
    throw new ValidationError([{ attribute: 'from', message: 'is not a number' }])
  const { created, removed } = await copyGcps(c.var.context, user, to, idOf(String(from), 'Map'), {
    scale: flag('scale', body.scale, true),
    replace: flag('replace', body.replace, false),
  })
  const data = created.map((gcp) => gcpResource(gcp))
  return json(c, { data, meta: { added: created.length, removed: removed.length } })
}

/** @throws MissingParamError without a file */
async function uploadOf(c: RequestContext<AppEnv>) {
  const upload = await readTextUpload(c.req.raw, GCP_FILE_MAX_BYTES)
  if (upload.text.trim() === '') throw missing('file')
  return upload
}

/** From the form, else from the query. @throws InvalidParamError */
function importOptions(c: RequestContext<AppEnv>, fields: Record<string, unknown>): GcpImportOptions {
  const given = { ...Object.fromEntries(queryOf(c)), ...fields }
  const format = GCP_FORMAT_NAMES.find((name) => name === given.format)
  if (given.format && !format)
    throw new InvalidParamError(`params format should be one of ${GCP_FORMAT_NAMES.join(', ')}`)
  const crs = given.srs || undefined
  if (crs !== undefined && typeof crs !== 'string') throw new InvalidParamError('params srs should be text')
  return { format, crs, replace: flag('replace', given.replace, false) }
}

/** @throws InvalidParamError when it is neither true nor false */
function flag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined || value === null || value === '') return otherwise
  const text = typeof value === 'object' ? '' : String(value)
  if (['true', '1'].includes(text)) return true
  if (['false', '0'].includes(text)) return false
  throw new InvalidParamError(`params ${name} should be true or false`)
}

function answer(c: RequestContext<AppEnv>, imported: ImportedGcps): Response {
  const { created, removed, format, read, disabled, scaledFrom } = imported
  return json(c, {
    data: created.map((gcp) => gcpResource(gcp)),
    meta: {
      format,
      read,
      added: created.length,
      disabled,
      removed: removed.length,
      scaled_from: scaledFrom,
    },
  })
}
