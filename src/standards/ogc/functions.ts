import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { QUERY_FUNCTIONS, type QueryFunction } from '../../query/index.ts'
import { functionsPage } from './html/functions-page.ts'
import { selfLinks } from './links.ts'
import { HTML_FORM, JSON_OR_HTML } from './negotiation.ts'
import { answerJson, givenAs, resource } from './resource.ts'
import { linksSchema } from './schemas.ts'

/** Types by the words of 19-079r2; the others go by their own. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ text: 'string', timestamp: 'datetime', date: 'datetime', interval: 'datetime', time: 'string' },
}

const functionsSchema = z
  .object({
    functions: z.array(
      z.object({
        ...{ name: z.string(), description: z.string() },
        arguments: z.array(z.object({ title: z.string(), type: z.array(z.string()) })),
        returns: z.array(z.string()),
      }),
    ),
    links: linksSchema,
  })
  .openapi('Functions')

/** `GET /ogc/functions`: what filters may call. */
export function mountFunctions(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/functions'], tags: ['Capabilities'] },
      summary: 'The functions that filters may call',
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The functions', JSON_OR_HTML, functionsSchema) },
    },
    (c, form) => {
      const functions = [...QUERY_FUNCTIONS].map(functionEntry)
      if (form === HTML_FORM) return functionsPage(c, functions)
      return answerJson(c, form, { functions, links: selfLinks(c.req.raw, form, JSON_OR_HTML) })
    },
  )
}

const named = (type: string): string => TYPES[type] ?? type

const functionEntry = ({ name, description, parameters, returns }: QueryFunction) => ({
  ...{ name, description },
  arguments: parameters.map(({ name: title, types }) => ({ title, type: [...new Set(types.map(named))] })),
  returns: [named(returns)],
})
export type FunctionEntry = ReturnType<typeof functionEntry>
