import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from '../../../http/app-env.ts'
import { addressWith, type Link, rootOf, selfLinks } from '../links.ts'
import { HTML_FORM, JSON_OR_HTML } from '../negotiation.ts'
import { listQuery, pageOf } from '../paging.ts'
import { queryOf } from '../parameters.ts'
import { answerJson, givenAs, problems, resource } from '../resource.ts'
import { linksSchema } from '../schemas.ts'
import { processDescription, processSummary } from './describe.ts'
import { processesPage, processPage } from './pages.ts'
import { PROCESSES, processOf } from './table.ts'

const summarySchema = z
  .object({
    ...{ id: z.string(), version: z.string(), title: z.string(), description: z.string() },
    jobControlOptions: z.array(z.enum(['sync-execute', 'async-execute', 'dismiss'])),
    outputTransmission: z.array(z.enum(['value', 'reference'])),
    links: linksSchema,
  })
  .openapi('ProcessSummary')

const processListSchema = z
  .object({ processes: z.array(summarySchema), links: linksSchema })
  .openapi('ProcessList')

const described = z.record(z.string(), z.object({ title: z.string() }).catchall(z.unknown()))

const processSchema = summarySchema
  .extend({ inputs: described, outputs: described })
  .openapi('ProcessDescription')

export const processParams = {
  processId: z.string().openapi({ param: { name: 'processId', in: 'path' }, example: 'echo' }),
}

/** `GET /ogc/processes` and `/ogc/processes/{processId}`. */
export function mountProcesses(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/processes'], tags: ['Processes'] },
      summary: 'The processes there are',
      query: listQuery,
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The processes', JSON_OR_HTML, processListSchema) },
    },
    (c, form) => {
      const { limit, offset } = pageOf(queryOf(c.req.raw))
      const processes = PROCESSES.slice(offset, offset + limit)
      if (form === HTML_FORM) return processesPage(c, processes)
      const root = rootOf(c.req.raw)
      return answerJson(c, form, {
        processes: processes.map((definition) => processSummary(definition, root)),
        links: [
          ...selfLinks(c.req.raw, form, JSON_OR_HTML),
          ...pageLinks(c.req.raw, { limit, offset, total: PROCESSES.length }),
        ],
      })
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/processes/{processId}'], tags: ['Processes'] },
      summary: 'What a process does, needs and gives',
      params: processParams,
      forms: JSON_OR_HTML,
      responses: {
        200: givenAs('The process', JSON_OR_HTML, processSchema),
        ...problems(404),
      },
    },
    (c, form) => {
      const definition = processOf(c.req.param('processId') ?? '')
      if (form === HTML_FORM) return processPage(c, definition)
      return answerJson(c, form, processDescription(definition, rootOf(c.req.raw)))
    },
  )
}

/** Links from a page of a list to those around it. */
export function pageLinks(
  request: Request,
  { limit, offset, total }: { limit: number; offset: number; total: number },
): Link[] {
  const to = (rel: string, title: string, at: number): Link => ({
    href: addressWith(request, { limit: String(limit), offset: String(at) }),
    ...{ rel, type: 'application/json', title },
  })
  return [
    ...(offset > 0 ? [to('prev', 'The page before', Math.max(0, offset - limit))] : []),
    ...(offset + limit < total ? [to('next', 'The next page', offset + limit)] : []),
  ]
}
