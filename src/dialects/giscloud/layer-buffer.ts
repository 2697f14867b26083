import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { JobFailedError, NotFoundError, ValidationError } from '../../domain/errors.ts'
import { INTERNAL_FAILURE, type JobRecord, waitForJob } from '../../domain/jobs.ts'
import {
  bufferLayerOf,
  type LayerBufferRequest,
  readLayerBuffer,
  startLayerBuffer,
} from '../../domain/maps/layer-buffer.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import type { Rgb } from '../../store/map-types.ts'
import { answers, created, idParameter, jsonBody } from './descriptions.ts'
import { createdAnswer } from './listing.ts'
import {
  idOf,
  integerMember,
  invalid,
  type Members,
  numberMember,
  readMembers,
  requiredText,
  textMember,
  truthMember,
} from './request-form.ts'

/** How long a request waits for its layer before it is told where to ask for it. */
export const BUFFER_WAIT_MS = 50_000
const BORDER_WIDTH_MAX = 4

const METRES: Readonly<Record<string, number>> = { meter: 1, kilometer: 1000, mile: 1609.344 }
const UNITS = [...Object.keys(METRES), 'degree']

const tags = ['Layers']

const buffer = z
  .object({
    name: z.string().openapi({ description: 'Of the new layer' }),
    size: z.string().openapi({ description: 'How far it goes; less than 0 makes polygons smaller' }),
    units: z.enum(['meter', 'kilometer', 'mile', 'degree']).optional(),
    merge_geom: z
      .boolean()
      .optional()
      .openapi({ description: 'All buffers together are one feature', default: true }),
    border_width: z.number().int().min(1).max(BORDER_WIDTH_MAX).optional(),
    border_color: z.string().optional().openapi({ example: '0,32,96' }),
    fill_color: z.string().optional().openapi({ example: '198,45,240' }),
  })
  .openapi('Buffer')
const progress = z
  .object({ id: z.string(), status: z.string(), progress: z.number().int(), msg: z.string().nullable() })
  .openapi('BufferJob')

/** Polygons around what a layer shows, as a new layer. */
export function mountLayerBuffer(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/layers/{id}/buffer'],
      tags,
      summary: 'Make a layer of what is within a distance of the features of a layer',
      description:
        'Meters, kilometers and miles are measured on the ground where the coordinates are degrees or web mercator, else in ' +
        'the plane of their system. What takes longer than 50 s goes on; it is asked for at the address in `Location` then.',
      request: { params: idParameter, ...jsonBody(buffer) },
      responses: answers(
        {
          201: created('The new layer'),
          202: ['It is not there yet; Location tells where to ask', progress],
        },
        ...([400, 401, 403, 404] as const),
      ),
    },
    async (c) => {
      const { context, principal } = c.var
      const layerId = idOf(c, 'id', 'Layer')
      const request = bufferOf(await readMembers(c))
      const { id } = await startLayerBuffer(context, principal, layerId, request).catch(byItsMember)
      return bufferAnswer(c, await waitForJob(context, principal, id, BUFFER_WAIT_MS), layerId)
    },
  )
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/layers/{id}/buffer/jobs/{job}'],
      tags,
      summary: 'The layer of a buffer that took longer, or how far it is',
      request: { params: idParameter.extend({ job: z.string() }) },
      responses: answers(
        { 201: created('The new layer'), 202: ['It is not there yet', progress] },
        ...([400, 404] as const),
      ),
    },
    async (c) => {
      const layerId = idOf(c, 'id', 'Layer')
      const { context, principal } = c.var
      const job = await readLayerBuffer(context, principal, layerId, c.req.param('job') ?? '')
      return bufferAnswer(c, job, layerId)
    },
  )
}

/** @throws JobFailedError, NotFoundError for a job that was dismissed */
function bufferAnswer(c: RequestContext, job: JobRecord, layerId: number): Response {
  const { id, status, progress: percent, message } = job
  if (job.finishedAt === null) {
    c.header('Location', `/1/layers/${layerId}/buffer/jobs/${id}`)
    c.header('Retry-After', '5')
    return json(c, { id, status, progress: percent, msg: message }, 202)
  }
  if (status === 'successful') {
    const made = bufferLayerOf(job)
    return createdAnswer(c, `/1/maps/${made.mapId}/layers/${made.id}`)
  }
  if (status === 'dismissed') throw new NotFoundError('Job', id)
  if (message === INTERNAL_FAILURE) throw new Error(`the buffer ${id} failed: ${message}`)
  throw new JobFailedError(`The buffer cannot be made: ${message}`)
}

/** @throws ValidationError */
function bufferOf(members: Members): LayerBufferRequest {
  const name = requiredText(members, 'name')
  const size = numberMember(members, 'size')
  if (size === undefined) throw invalid('size', 'must be given')
  const units = textMember(members, 'units')?.toLowerCase() || 'meter'
  if (!UNITS.includes(units)) throw invalid('units', `must be one of ${UNITS.join(', ')}`)
  return {
    name,
    distance: size * (METRES[units] ?? 1),
    unit: units === 'degree' ? 'degree' : 'metre',
    isMerged: truthMember(members, 'merge_geom') ?? true,
    rule: {
      border: colorMember(members, 'border_color') ?? [0, 0, 0],
      borderWidth: integerMember(members, 'border_width', 1, BORDER_WIDTH_MAX) ?? 1,
      fill: colorMember(members, 'fill_color') ?? [255, 255, 255],
    },
  }
}

/** A colour, `red,green,blue`. @throws ValidationError */
function colorMember(members: Members, name: string): Rgb | undefined {
  const text = textMember(members, name)?.trim()
  if (!text) return undefined
  const parts = text.split(/\s*,\s*/).map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : Number.NaN))
  if (parts.length !== 3 || !parts.every((part) => part <= 255))
    throw invalid(name, 'must be "red,green,blue", 0 to 255 each')
  return [parts[0]!, parts[1]!, parts[2]!]
}

/** What is called `distance` elsewhere is `size` here. */
function byItsMember(error: unknown): never {
  if (!(error instanceof ValidationError)) throw error
  throw new ValidationError(
    error.issues.map(({ attribute, message }) => ({
      attribute: attribute === 'distance' ? 'size' : attribute === 'dataset' ? 'layer' : attribute,
      message,
    })),
  )
}
