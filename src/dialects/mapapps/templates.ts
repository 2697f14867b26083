import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { findTemplate, readTemplateFile } from '../../domain/apps/template-files.ts'
import {
  searchTemplates,
  TEMPLATE_PROPERTY_NAMES,
  type TemplateRecord,
  templateRecord,
} from '../../domain/apps/template-list.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { filterFault, listParameters, listQueryOf } from './app-query.ts'
import { answers } from './descriptions.ts'

const tags = ['Templates']
const template = z
  .object({ id: z.string(), title: z.string(), description: z.string(), thumbnailFile: z.string() })
  .openapi('Template')
const list = z.object({ total: z.number().int(), items: z.array(template) }).openapi('Templates')
const params = z.object({ templateId: z.string().openapi({ example: 'viewer' }) })

/** What new apps can be made of. */
export function mountTemplates(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/resources/templates'], tags, summary: 'Query templates' },
      routes: ['/resources/templates', '/resources/templates/'],
      description: `As apps are queried. Properties: ${TEMPLATE_PROPERTY_NAMES.join(', ')}.`,
      request: { query: listParameters.pick({ filter: true, sort: true, range: true, search: true }) },
      responses: answers({ 200: ['The templates', list] }, 400),
    },
    (c) => {
      const query = listQueryOf(c, TEMPLATE_PROPERTY_NAMES)
      try {
        const { total, records } = searchTemplates(query)
        return json(c, { total, items: records })
      } catch (error) {
        throw filterFault(error)
      }
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/resources/templates/{templateId}', '/resources/templates/{templateId}.json'],
      routes: ['/resources/templates/:templateId'],
      tags,
      summary: 'Get template',
      request: { params },
      responses: answers({ 200: ['The template', template] }, 404),
    },
    (c) => json(c, known(c)),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/resources/templates/{templateId}/thumbnail.png'],
      tags,
      summary: 'Get thumbnail of a template',
      request: { params },
      responses: answers(
        { 200: { description: 'The picture', content: { 'image/png': { schema: z.string() } } } },
        404,
      ),
    },
    async (c) => {
      const { id, thumbnailFile } = known(c)
      const bytes = await readTemplateFile(c.var.context, findTemplate(id)!, thumbnailFile)
      if (!bytes) throw new NotFoundError('Template', id)
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
        'content-type': 'image/png',
        'x-content-type-options': 'nosniff',
      })
    },
  )
}

/** @throws NotFoundError */
function known(c: RequestContext): TemplateRecord {
  const id = (c.req.param('templateId') ?? '').replace(/\.json$/, '')
  const record = templateRecord(id)
  if (!record) throw new NotFoundError('Template', id)
  return record
}
