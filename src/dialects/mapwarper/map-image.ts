import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { Context } from '../../domain/context.ts'
import { ValidationError } from '../../domain/errors.ts'
import { fetchImage } from '../../domain/iiif/fetch-image.ts'
import { ASPECT_TOLERANCE, replaceImage } from '../../domain/image-replacement.ts'
import { discardStaged, type StagedImage, stageFromBody } from '../../domain/intake/stage-image.ts'
import { readEditableScan } from '../../domain/scans.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { plainText } from '../../http/plain-text.ts'
import { requireReadable } from '../../http/request-body.ts'
import { asRecord, InvalidParamError, missing } from './envelope.ts'
import { canvasOf } from './new-map.ts'
import { originOf, pathId, queryOf } from './requests.ts'
import {
  jsonAnswer,
  MALFORMED,
  NOT_FOUND,
  NOT_SIGNED_IN,
  TOO_LARGE,
  UNPROCESSABLE,
  UNSUPPORTED,
} from './responses.ts'
import { mapDocument } from './schemas.ts'
import { mapResource } from './serialize.ts'

const scaleGcps = z
  .enum(['true', 'false'])
  .optional()
  .openapi({
    description:
      'Whether control points and mask are scaled by the ratio of the sizes. Unless given they are where the ' +
      `proportions agree within ${ASPECT_TOLERANCE * 100} %; other images are refused if there are points.`,
  })

const imageForm = z
  .object({ file: z.string().openapi({ format: 'binary' }), scale_gcps: scaleGcps })
  .openapi('ReplacedImageForm')

const imageBody = z
  .object({
    data: z.object({
      type: z.literal('maps'),
      attributes: z.object({
        upload: z.string().optional().openapi({ description: 'The image as a base64 data URI' }),
        upload_file_name: z.string().optional(),
        upload_url: z.url().optional().openapi({
          description: 'Where to fetch the image, or a IIIF `info.json` or manifest, instead of `upload`',
        }),
        canvas: z
          .union([z.string(), z.number().int()])
          .nullish()
          .openapi({ description: 'Id, or number from 0, of a manifest’s canvas; the first unless given' }),
        scale_gcps: scaleGcps,
      }),
    }),
  })
  .openapi('ReplacedImage')

export function mountMapImage(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['put'],
      paths: ['/api/v1/maps/{id}/image'],
      tags: ['Maps'],
      summary:
        'Put another image in the place of a map’s and keep its control points, as its owner or an editor',
      description:
        'The map is `loading` until the image has been read; if it cannot be, the map keeps the one it has and says ' +
        'why in `status_detail`. A map that was rectified is rectified anew in the same way, of itself.',
      request: {
        params: z.object({ id: z.string() }),
        query: z.object({ scale_gcps: scaleGcps }),
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: imageForm },
            'application/json': { schema: imageBody },
          },
        },
      },
      responses: {
        200: jsonAnswer('The map, loading', mapDocument),
        ...MALFORMED,
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...TOO_LARGE,
        ...UNSUPPORTED,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = requireUser(c)
      const { context } = c.var
      const { id } = await readEditableScan(context, user, pathId(c, 'Map'))
      const { image, scales } = await imageOf(c)
      const scan = await replaceImage(context, user, id, image, scales)
      return json(c, { data: mapResource(scan, originOf(c)) })
    },
  )
}

/** Takes the image out of the request, or from where it says. @throws MissingParamError when there is none */
async function imageOf(c: RequestContext<AppEnv>): Promise<{ image: StagedImage; scales: boolean | null }> {
  const { context } = c.var
  const { raw } = c.req
  requireReadable(raw.headers.get('content-type') ?? '')
  const { image: sent, document } = await stageFromBody(context, {
    stream: bodyOf(raw),
    contentType: raw.headers.get('content-type'),
    contentLength: raw.headers.get('content-length'),
  })
  const { url, canvas, scales } = await orDiscard(context, sent, () => wanted(document, queryOf(c)))
  if (sent) return { image: sent, scales }
  if (url === null) throw missing('file, upload or upload_url')
  const { image } = await fetchImage(context, url, canvas, () => null)
  return { image, scales }
}

async function orDiscard<T>(context: Context, image: StagedImage | null, work: () => T): Promise<T> {
  try {
    return work()
  } catch (error) {
    if (image) await discardStaged(context, image)
    throw error
  }
}

/** What the body says beside the image, in the envelope or without it. @throws InvalidParamError */
function wanted(
  document: unknown,
  query: URLSearchParams,
): { url: string | null; canvas: string | null; scales: boolean | null } {
  const body = asRecord(document) ?? {}
  const data = asRecord(body.data)
  if (data?.type !== undefined && data.type !== 'maps')
    throw new InvalidParamError("params type should be 'maps'")
  const given = { ...body, ...asRecord(data?.attributes) }
  const url = given.upload_url ?? ''
  return {
    url: url === '' ? null : plainText(url),
    canvas: canvasOf(given.canvas),
    scales: trueOrFalse(given.scale_gcps ?? query.get('scale_gcps')),
  }
}

function trueOrFalse(value: unknown): boolean | null {
  if (value === undefined || value === null || value === '') return null
  if (value !== true && value !== false && value !== 'true' && value !== 'false')
    throw new InvalidParamError('scale_gcps should be true or false')
  return String(value) === 'true'
}

/** An image is not changed with what is said about a map. @throws ValidationError where one is given */
export function refuseImage(attributes: Record<string, unknown>): void {
  const issues = ['upload', 'upload_url']
    .filter((attribute) => attributes[attribute])
    .map((attribute) => ({
      attribute,
      message: 'cannot be changed here: PUT /api/v1/maps/{id}/image puts another image in its place',
    }))
  if (issues.length > 0) throw new ValidationError(issues)
}
