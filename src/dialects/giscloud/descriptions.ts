import { z } from '@hono/zod-openapi'
import { describedAnswers } from '../../http/described-answers.ts'

const fault = z.object({ code: z.string(), msg: z.string() }).openapi('Error')

/** The answers of an endpoint: its own, and the usual faults by status. */
export const answers = describedAnswers(fault, {
  400: 'The request is malformed; msg says what and where',
  401: 'Nobody is signed in, or the credential does not hold',
  403: 'Seen, but not allowed',
  404: 'There is none, or none that is seen',
  409: 'It is there already',
  413: 'The body is too large',
  415: 'The body is in a notation that is not read',
})

/** 201 with the address of what has been made, and a body where there is one. */
export const created = (description: string, schema?: z.ZodType) => ({
  description,
  headers: {
    Location: { description: 'Its address, without the host', schema: { type: 'string' as const } },
  },
  ...(schema ? { content: { 'application/json': { schema } } } : {}),
})

/** 204 of a deletion. */
export const deleted = 'It is gone'

/** A list as the API gives it. */
export const listOf = (item: z.ZodType) =>
  z.object({ type: z.string(), total: z.number().int(), page: z.number().int(), data: z.array(item) })

/** `perpage`, `page`, `nototal`, and `order_by` where the list knows attributes to order by. */
export const listParameters = (attributes: readonly string[] = []) =>
  z.object({
    perpage: z.string().optional().openapi({ description: 'Items a page: 100, at most 1000' }),
    page: z.string().optional().openapi({ description: 'Which page, from 1' }),
    nototal: z.string().optional().openapi({ description: 'Do not count; total is 0 then' }),
    ...(attributes.length > 0
      ? {
          order_by: z
            .string()
            .optional()
            .openapi({ description: `attribute[:asc|desc], of ${attributes.join(', ')}` }),
        }
      : {}),
  })

/** `expand` of the names that there are. */
export const expandParameter = (...names: string[]) => ({
  expand: z
    .string()
    .optional()
    .openapi({ description: `What is told besides, between commas: ${names.join(', ')}` }),
})

/** `query` and `query_on` of a list that can be searched. */
export const searchParameters = (attributes: readonly string[]) => ({
  query: z.string().optional().openapi({ description: 'A text that is looked for, in whatever case' }),
  query_on: z
    .string()
    .optional()
    .openapi({ description: `Where it is looked for, between commas: ${attributes.join(', ')}` }),
})

/** The number in an address `.../{id}`. */
export const idParameter = z.object({ id: z.string().openapi({ example: '123' }) })

/** A body as JSON or as a form. */
export const jsonBody = (schema: z.ZodType, required = true) => ({
  body: {
    required,
    content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } },
  },
})
