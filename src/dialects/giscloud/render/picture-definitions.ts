import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { PictureRequest } from '../../../domain/map-rendering/picture-plan.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import type { EndpointDefinition } from '../../../http/endpoint.ts'
import { answers, idParameter } from '../descriptions.ts'

/** An address that pictures are drawn at. */
export interface PictureEndpoint extends EndpointDefinition {
  of: PictureRequest['of']['kind']
  type: PictureRequest['type']
}

const parameter = (description: string) => z.string().optional().openapi({ description })

const query = z.object({
  width: parameter('Pixels; 256, at most 4096, and with the height at most 8,388,608 in all'),
  height: parameter('Pixels; 256'),
  bounds: parameter(
    'xmin,ymin,xmax,ymax in the system of the map; what it shows at least. All of the map unless given',
  ),
  numscale: parameter('Denominator of the scale at 0.28 mm a pixel, around the middle of the bounds'),
  layerlist: parameter('Draw the list of layers, too'),
  download: parameter('Send it as a file to be saved'),
  invalidate: parameter('Draw it anew, though it has been kept'),
  timestamp: parameter('A time of change, to make the address another one'),
  phender: parameter('false: answer only with what has been kept, or 404'),
  justgenerate: parameter('Keep nothing of it'),
  saveto: parameter('Path in your storage to save it to; Content-Location tells its address'),
})

const FORMATS = [
  ['png', 'image/png', ['png']],
  ['jpg', 'image/jpeg', ['jpg', 'jpeg']],
] as const

const endpointsOf = (of: PictureEndpoint['of'], summary: string): PictureEndpoint[] =>
  FORMATS.map(([name, type, [first, ...others]]) => ({
    ...{ of, type, methods: ['get'], tags: ['Render'] },
    paths: [
      `/1/${of}s/{id}/render.${first}`,
      ...others.map((extension) => `/1/${of}s/{id}/render.${extension}`),
    ],
    summary: `${summary} as ${name.toUpperCase()}`,
    description:
      'Drawn as it is now. Header X-Graticule-Bounds tells what it shows, X-Graticule-Partial what of which layers is missing ' +
      '(`12;features, 15;source`).',
    request: { params: idParameter, query },
    responses: {
      200: { description: 'The picture', content: { [type]: { schema: z.string() } } },
      ...answers({ 304: 'It is what If-None-Match names' }, 400, 401, 403, 404),
    },
  }))

/** Everything that the render Worker answers. */
export const PICTURE_ENDPOINTS: readonly PictureEndpoint[] = [
  ...endpointsOf('map', 'A map'),
  ...endpointsOf('layer', 'A layer alone, whatever it is switched to,'),
]

/** Puts what the render Worker answers into the document of this API. */
export function documentPictures(app: OpenAPIHono<AppEnv>): void {
  for (const { of: _of, type: _type, methods, paths, ...route } of PICTURE_ENDPOINTS)
    for (const path of paths)
      for (const method of methods) app.openAPIRegistry.registerPath({ ...route, method, path })
}
