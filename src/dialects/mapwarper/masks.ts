import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { NotFoundError } from '../../domain/errors.ts'
import {
  cropScan,
  maskAndRectify,
  readMaskAsSent,
  readMaskAsUsed,
  removeMask,
  saveScanMask,
} from '../../domain/masks.ts'
import { GML_MAX_BYTES } from '../../formats/gml-mask.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import type { ScanRecord } from '../../store/scans.ts'
import { asRecord, InvalidParamError, missing } from './envelope.ts'
import { rectifyOptions } from './rectify.ts'
import { idOf, originOf, pathId, queryOf } from './requests.ts'
import {
  jsonAnswer,
  MALFORMED,
  NOT_FOUND,
  NOT_SIGNED_IN,
  TOO_LARGE,
  UNPROCESSABLE,
  UNSUPPORTED,
} from './responses.ts'
import { mapDocument, rectifyParameters } from './schemas.ts'
import { mapResource } from './serialize.ts'

/** A mask's text in an urlencoded form, where every mark and space of it takes three bytes. */
const MASK_BODY_MAX_BYTES = 4 * GML_MAX_BYTES
const FILE_NAME = /^([^.]*)\.gml(\.ol)?$/

const tags = ['Masks']
const params = z.object({ id: z.string().openapi({ example: '260' }) })

const maskParameters = z.object({
  output: z.string().openapi({
    description:
      'GML 2 or 3: polygons in pixels of the image, y from its lower edge upwards. In a multipart form it may be a file.',
  }),
})

const bodyOf = (schema: z.ZodType) => ({
  body: {
    required: true,
    content: {
      'application/x-www-form-urlencoded': { schema },
      'multipart/form-data': { schema },
      'application/json': { schema },
    },
  },
})

const mapAnswers = (description: string) => ({
  200: jsonAnswer(description, mapDocument),
  ...NOT_SIGNED_IN,
  ...NOT_FOUND,
})

const refusals = { ...MALFORMED, ...TOO_LARGE, ...UNSUPPORTED, ...UNPROCESSABLE }

export function mountMasks(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/maps/{id}/mask'],
      tags,
      summary: 'Save a mask',
      description:
        'What is drawn does not change: the mask is applied by `crop`, and cuts the rectifications that come after it.',
      request: { params, query: maskParameters.partial(), ...bodyOf(maskParameters) },
      responses: { ...mapAnswers('The map; its mask_status is as before'), ...refusals },
    },
    async (c) => {
      const user = requireUser(c)
      const id = pathId(c, 'Map')
      return answer(c, await saveScanMask(c.var.context, user, id, outputOf(await parametersOf(c))))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/api/v1/maps/{id}/mask'],
      tags,
      summary: 'Delete the mask',
      request: { params },
      responses: mapAnswers('The map, unmasked'),
    },
    async (c) => {
      const user = requireUser(c)
      return answer(c, await removeMask(c.var.context, user, pathId(c, 'Map')))
    },
  )

  endpoint(
    app,
    {
      methods: ['patch', 'post'],
      paths: ['/api/v1/maps/{id}/crop'],
      tags,
      summary: 'Apply the saved mask, without warping',
      request: { params },
      responses: { ...mapAnswers('The map, masked'), ...UNPROCESSABLE },
    },
    async (c) => {
      const user = requireUser(c)
      return answer(c, await cropScan(c.var.context, user, pathId(c, 'Map')))
    },
  )

  endpoint(
    app,
    {
      methods: ['patch', 'post', 'put'],
      paths: ['/api/v1/maps/{id}/mask_crop_rectify'],
      tags,
      summary: 'Save a mask, apply it, and warp the map by it',
      description: 'A map that is being rectified keeps the mask it had.',
      request: {
        params,
        query: rectifyParameters.extend(maskParameters.partial().shape),
        ...bodyOf(rectifyParameters.extend(maskParameters.shape)),
      },
      responses: { ...mapAnswers('The map, masked, warped or warping'), ...refusals },
    },
    async (c) => {
      const user = requireUser(c)
      const id = pathId(c, 'Map')
      const parameters = await parametersOf(c)
      const options = rectifyOptions(parameters)
      return answer(c, await maskAndRectify(c.var.context, user, id, outputOf(parameters), options))
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/mapimages/{file}'],
      tags: ['Files of a map'],
      summary: 'The mask of a map',
      description:
        '`{id}.gml.ol` is the mask as it was sent, y upwards; `{id}.gml` is the mask as it is used: repaired, cut to the image, y downwards.',
      request: { params: z.object({ file: z.string().openapi({ example: '260.gml.ol' }) }) },
      responses: {
        200: { description: 'GML', content: { 'application/gml+xml': { schema: z.string() } } },
        ...NOT_FOUND,
      },
    },
    async (c) => {
      const [, name, asSent] = FILE_NAME.exec(c.req.param('file') ?? '') ?? []
      if (name === undefined) throw new NotFoundError('Mask', (c.req.param('file') ?? '').slice(0, 100))
      const read = asSent ? readMaskAsSent : readMaskAsUsed
      const gml = await read(c.var.context, c.var.principal, idOf(name, 'Mask'))
      return c.body(gml, 200, {
        'content-type': 'application/gml+xml; charset=utf-8',
        'cache-control': 'private, no-cache',
        // It is as somebody wrote it, and a browser would run scripts in it.
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
      })
    },
  )
}

function answer(c: RequestContext<AppEnv>, scan: ScanRecord): Response {
  return json(c, { data: mapResource(scan, originOf(c)) })
}

async function parametersOf(c: RequestContext<AppEnv>): Promise<Record<string, unknown>> {
  const body = await readBody(c.req.raw, { maxBytes: MASK_BODY_MAX_BYTES, textFile: 'output' })
  return { ...Object.fromEntries(queryOf(c)), ...asRecord(body) }
}

/** @throws MissingParamError, InvalidParamError */
function outputOf({ output }: Record<string, unknown>): string {
  if (output === undefined || output === null || output === '') throw missing('output')
  if (typeof output !== 'string') throw new InvalidParamError('param output should be a GML text')
  return output
}
