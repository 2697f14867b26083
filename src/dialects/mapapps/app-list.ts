import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { searchApps } from '../../domain/apps/app-list.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { filterFault, type ListQuery, listParameters, listQueryOf } from './app-query.ts'
import { appDocument, appMetadata } from './app-serialize.ts'
import { answers, page } from './descriptions.ts'
import { OVERVIEW_APPS, overviewPage } from './overview-page.ts'

const tags = ['Apps']
const list = z.object({ total: z.number().int(), items: z.array(appMetadata) }).openapi('Apps')

/** Lists of apps, as JSON and as a page. */
export function mountAppList(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/resources/apps'], tags, summary: 'Query existing apps' },
      routes: ['/resources/apps', '/resources/apps/'],
      description:
        'Those that the caller sees: who does not edit apps sees those that are published and shared with him or everyone. ' +
        'By the header `Accept` as a page for browsers, else as JSON.',
      request: { query: listParameters },
      responses: answers(
        {
          200: {
            description: 'The apps, or their page',
            content: { 'application/json': { schema: list }, ...page('').content },
          },
        },
        400,
        401,
      ),
    },
    (c) => answerList(c, listQueryOf(c)),
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/resources/apps/index.html'], tags, summary: 'Get app overview page' },
      request: { query: listParameters.omit({ f: true }) },
      responses: answers({ 200: page('The page') }, 400, 401),
    },
    (c) => answerList(c, { ...listQueryOf(c), wantsHtml: true }),
  )
}

async function answerList(c: RequestContext<AppEnv>, query: ListQuery): Promise<Response> {
  const { context, principal } = c.var
  try {
    if (query.wantsHtml) {
      const search = { ...query, limit: query.limit ?? OVERVIEW_APPS }
      return await overviewPage(c, search, await searchApps(context, principal, search))
    }
    const { total, records } = await searchApps(context, principal, query)
    return json(c, { total, items: records.map(appDocument) })
  } catch (error) {
    throw filterFault(error)
  }
}
