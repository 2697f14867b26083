import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { NotFoundError } from '../../../domain/errors.ts'
import { readRulePicture } from '../../../domain/maps/rule-pictures.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { endpoint } from '../../../http/endpoint.ts'
import { answers } from '../descriptions.ts'
import { idOf } from '../request-form.ts'
import { storedFileAnswer } from '../stored-file-answer.ts'

const CACHE_SECONDS = 300

/** `/1/layers/{id}/rules/{n}/{part}`: the pictures that rules of a layer draw with. */
export function mountRulePictures(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/layers/{id}/rules/{rule}/{part}'], tags: ['Layers'] },
      summary: 'The icon, or the pattern, of a rule of a layer',
      request: {
        params: z.object({
          id: z.string().openapi({ example: '123' }),
          rule: z.string().openapi({ description: 'Which style of the layer, from 0', example: '0' }),
          part: z.enum(['icon', 'hatch']),
        }),
      },
      responses: answers({ 200: 'The picture' }, 401, 404),
    },
    async (c) => {
      const [rule, part] = [c.req.param('rule') ?? '', c.req.param('part') ?? '']
      if (!/^\d{1,4}$/.test(rule) || (part !== 'icon' && part !== 'hatch'))
        throw new NotFoundError('File', `${rule}/${part}`)
      const picture = await readRulePicture(c.var.context, c.var.principal, {
        ...{ layerId: idOf(c, 'id', 'Layer'), rule: Number(rule), part },
      })
      if ('file' in picture) return storedFileAnswer(c, picture.file)
      return c.body(picture.bytes as Uint8Array<ArrayBuffer>, 200, {
        'content-type': picture.contentType,
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'cache-control': `private, max-age=${CACHE_SECONDS}`,
        'x-content-type-options': 'nosniff',
      })
    },
  )
}
