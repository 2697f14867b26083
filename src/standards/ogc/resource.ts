import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { type EndpointDefinition, endpoint } from '../../http/endpoint.ts'
import { type Representation, representationOf } from './negotiation.ts'
import { refuseUndeclared } from './parameters.ts'
import { linksSchema } from './schemas.ts'

export type OgcContext = RequestContext<AppEnv>

/** What a problem document has, for the API's description. */
const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
  })
  .catchall(z.unknown())
  .openapi('Problem')

const problemAnswer = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
})

const PROBLEMS = {
  400: 'Something of the request is not as it must be; the document says what and where',
  401: 'Nobody is signed in',
  403: 'Who asks may not do this',
  404: 'There is no such thing, or not for who asks',
  406: 'It is not given in any form that is accepted',
  409: 'It is not in a state to do this',
  412: 'It has changed since the version that the request names',
  413: 'The body is too large',
  415: 'The body is of a type that is not read here',
} as const
export type ProblemStatus = keyof typeof PROBLEMS

/** Answers of an endpoint that are problems. */
export const problems = (...statuses: readonly ProblemStatus[]): RouteConfig['responses'] =>
  Object.fromEntries(statuses.map((status) => [status, problemAnswer(PROBLEMS[status])]))

/** An answer in each of its forms, for the API's description. */
export const givenAs = (
  description: string,
  forms: readonly Representation[],
  schema: z.ZodType = z.object({ links: linksSchema }).catchall(z.unknown()),
) => ({
  description,
  content: Object.fromEntries(
    forms.map((form) => [form.type, { schema: form.f === 'html' ? z.string() : schema }]),
  ),
})

export interface ResourceDefinition
  extends Pick<EndpointDefinition, 'methods' | 'paths' | 'summary' | 'tags' | 'responses'> {
  description?: string
  params?: Record<string, z.ZodType>
  /** Parameters of the query; any other is refused. */
  query?: Record<string, z.ZodType>
  /** The forms it is given in, the first to those who accept anything; none for what has but one answer. */
  forms?: readonly Representation[]
  /** The handler itself refuses what is not declared. */
  takesOtherParameters?: boolean
  headers?: Record<string, z.ZodType>
  body?: NonNullable<RouteConfig['request']>['body']
}

/** Shape of the query of requests whose parameters are all declared. */
function querySchema({ query = {}, forms = [] }: ResourceDefinition): Record<string, z.ZodType> {
  const f = z
    .enum(forms.map((form) => form.f) as [string, ...string[]])
    .optional()
    .openapi({ description: 'The form of the answer, whatever the header Accept says' })
  return forms.length > 1 ? { ...query, f } : query
}

/**
 * Declares a resource of the face: what it is given as is negotiated, and parameters that are not declared are refused,
 * before `handler` is asked.
 */
export function resource(
  app: OpenAPIHono<AppEnv>,
  definition: ResourceDefinition,
  handler: (c: OgcContext, form: Representation) => Response | Promise<Response>,
): void {
  const { methods, paths, tags, summary, description, params, headers, body, responses } = definition
  const { forms = [], takesOtherParameters = false } = definition
  const query = querySchema(definition)
  const declared = Object.keys(query)
  const route: EndpointDefinition = {
    ...{
      methods,
      paths,
      responses: { ...responses, ...problems(400, ...(forms.length > 0 ? [406 as const] : [])) },
    },
    ...(tags ? { tags } : {}),
    ...(summary ? { summary } : {}),
    ...(description ? { description } : {}),
    request: {
      ...(params ? { params: z.object(params) } : {}),
      ...(declared.length > 0 ? { query: z.object(query) } : {}),
      ...(headers ? { headers: z.object(headers) } : {}),
      ...(body ? { body } : {}),
    },
  }
  endpoint(app, route, (c) => {
    if (!takesOtherParameters) refuseUndeclared(c.req.raw, declared)
    const form = forms.length > 0 ? representationOf(c.req.raw, forms) : NO_FORM
    return handler(c, form)
  })
}

const NO_FORM: Representation = { f: '', type: '', alias: [], title: '' }

/** Answers with a document in a form of JSON. */
export const answerJson = (
  c: OgcContext,
  form: Representation,
  document: unknown,
  headers: Record<string, string> = {},
  status = 200,
): Response => c.body(JSON.stringify(document), status as 200, { 'content-type': form.type, ...headers })
