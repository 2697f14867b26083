import { z } from '@hono/zod-openapi'
import { type DescribedAnswer, describedAnswers } from '../../http/described-answers.ts'

const fault = z
  .object({ code: z.number().int().openapi({ description: 'The status' }), error: z.string() })
  .openapi('Error')

/** The answers of an endpoint: its own, and the usual faults by status. */
export const answers = describedAnswers(fault, {
  400: 'The request is malformed, or asks for what cannot be; error says what and where',
  401: 'Nobody is signed in, or the credential does not hold',
  403: 'Seen, but not allowed',
  404: 'There is none, or none that is seen',
  413: 'The body is too large',
  415: 'The body is in a notation that is not read',
})

/** A page, or another text in HTML. */
export const page = (description: string): DescribedAnswer => ({
  description,
  content: { 'text/html': { schema: z.string() } },
})

/** 303, or another answer that leads on. */
export const redirect = (description: string) => ({
  description,
  headers: { Location: { description: 'Where to', schema: { type: 'string' as const } } },
})

/** The id in an address `.../{appId}`. */
export const appIdParameter = z.object({ appId: z.string().openapi({ example: 'myApp' }) })

/** A body as JSON or as a form. */
export const jsonBody = (schema: z.ZodType) => ({
  body: {
    required: true,
    content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } },
  },
})

/** The id of an app, and the path of a file in it. */
export const resourceParameters = appIdParameter.extend({
  resourcePath: z.string().openapi({ description: 'Slashes included', example: 'images/logo.png' }),
})

const uploadForm = z.object({
  file: z.string().openapi({ format: 'binary', description: 'Any part with a file' }),
})

/** A form with a file. */
export const uploadBody = {
  body: { required: true, content: { 'multipart/form-data': { schema: uploadForm } } },
}

/** What has been uploaded; with an error where nothing was changed. */
export const uploadAnswer = [
  'What has been taken; nothing was changed where there is an error',
  z
    .object({
      file: z.string(),
      name: z.string().openapi({ description: "Of the form's part" }),
      type: z.string().openapi({ description: 'The extension', example: '.zip' }),
      error: z.string().optional(),
    })
    .openapi('Upload'),
] as const

/** That something was done. */
export const successAnswer = [
  'It is done',
  z.object({ success: z.literal(true) }).openapi('Success'),
] as const

/** Content of an app, of whatever type. */
export const contentAnswer = {
  description: 'The file',
  content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
}
