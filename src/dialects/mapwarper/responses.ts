import type { z } from '@hono/zod-openapi'
import { errorDocument, loginError } from './schemas.ts'

/** An answer with a JSON body, for the OpenAPI document. */
export const jsonAnswer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

export const jsonBody = (schema: z.ZodType) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

export const NOT_FOUND = { 404: jsonAnswer('There is none with this id', errorDocument) }
export const NOT_SIGNED_IN = {
  401: jsonAnswer(
    'Nobody is signed in, or who is may not do this (then in the form of other errors)',
    loginError,
  ),
}
export const UNPROCESSABLE = { 422: jsonAnswer('The request cannot be carried out', errorDocument) }
export const MALFORMED = { 400: jsonAnswer('The body cannot be read', errorDocument) }
export const UNSUPPORTED = { 415: jsonAnswer('The body is neither JSON nor a form', errorDocument) }
export const TOO_LARGE = { 413: jsonAnswer('The body is too large', errorDocument) }
