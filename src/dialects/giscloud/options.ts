import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  addOption,
  alterOption,
  type OptionAttributes,
  type ResourceOption,
  readOption,
  readOptions,
} from '../../domain/maps/options.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, created, deleted, jsonBody, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, listAnswer, pageOf } from './listing.ts'
import { idOf, type Members, readMembers, requiredText, textMember } from './request-form.ts'

const NAME_MAX_CHARACTERS = 255
const VALUE_MAX_CHARACTERS = 65_536
const OPTION_BODY_MAX_BYTES = 512 * 1024

const tags = ['Options']
const resourceParams = z.object({ resource: z.string().openapi({ description: 'Number of the resource' }) })
const optionParams = resourceParams.extend({ id: z.string() })
const members = {
  option_name: z.string(),
  option_value: z.string().nullable(),
  option_type: z.union([z.string(), z.number()]).nullable(),
}
const optionSchema = z
  .object({ id: z.string(), ...members, option_type: z.string().nullable() })
  .openapi('Option')
const newOption = z.object(members).partial({ option_value: true, option_type: true }).openapi('NewOption')
const optionChange = z.object(members).partial().openapi('OptionChange')

const optionDocument = ({ id, name, value, type }: ResourceOption) => ({
  id: String(id),
  option_name: name,
  option_value: value,
  option_type: type,
})

export const optionDocuments = (options: readonly ResourceOption[]) => options.map(optionDocument)

/** What clients keep with a resource of whatever kind. */
export function mountOptions(app: OpenAPIHono<AppEnv>): void {
  const list = '/1/resources/{resource}/options'
  const one = '/1/resources/{resource}/options/{id}'
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [list], tags, summary: 'The options of a resource' },
      request: { params: resourceParams, query: listParameters() },
      responses: answers({ 200: ['The options', listOf(optionSchema)] }, 400, 401, 404),
    },
    async (c) => {
      const page = pageOf(c)
      const { options, total } = await readOptions(
        c.var.context,
        c.var.principal,
        idOf(c, 'resource', 'Resource'),
        { limit: page.perPage, offset: page.offset },
      )
      const data = optionDocuments(options)
      return listAnswer(c, 'options', page, { total: page.withTotal ? total : 0, data })
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [one], tags, summary: 'An option' },
      request: { params: optionParams },
      responses: answers({ 200: ['The option', optionSchema] }, 401, 404),
    },
    async (c) => {
      const { context, principal } = c.var
      const resourceId = idOf(c, 'resource', 'Resource')
      return json(
        c,
        optionDocument(await readOption(context, principal, resourceId, idOf(c, 'id', 'Option'))),
      )
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: [list], tags, summary: 'Keep something with a resource' },
      request: { params: resourceParams, ...jsonBody(newOption) },
      responses: answers({ 201: created('Kept') }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const resourceId = idOf(c, 'resource', 'Resource')
      const sent = await readMembers(c, OPTION_BODY_MAX_BYTES)
      const name = requiredText(sent, 'option_name', NAME_MAX_CHARACTERS)
      const option = { ...attributes(sent), name }
      const id = await addOption(c.var.context, c.var.principal, resourceId, option)
      return createdAnswer(c, `/1/resources/${resourceId}/options/${id}`)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['put'], paths: [one], tags, summary: 'Change an option' },
      request: { params: optionParams, ...jsonBody(optionChange) },
      responses: answers({ 204: 'Changed' }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const change = attributes(await readMembers(c, OPTION_BODY_MAX_BYTES))
      const resourceId = idOf(c, 'resource', 'Resource')
      await alterOption(c.var.context, c.var.principal, resourceId, idOf(c, 'id', 'Option'), change)
      return c.body(null, 204)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: [one], tags, summary: 'Take an option away' },
      request: { params: optionParams },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      const resourceId = idOf(c, 'resource', 'Resource')
      await alterOption(c.var.context, c.var.principal, resourceId, idOf(c, 'id', 'Option'), 'delete')
      return c.body(null, 204)
    },
  )
}

/** What a body says of an option; a value that is no text is kept as JSON. @throws ValidationError */
function attributes(sent: Members): OptionAttributes {
  const { option_value: value } = sent
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  return {
    name: 'option_name' in sent ? requiredText(sent, 'option_name', NAME_MAX_CHARACTERS) : undefined,
    value:
      value === null ? null : textMember({ option_value: plain(text) }, 'option_value', VALUE_MAX_CHARACTERS),
    type: sent.option_type === null ? null : textMember(sent, 'option_type', NAME_MAX_CHARACTERS),
  }
}

const plain = (value: unknown): unknown => (typeof value === 'boolean' ? String(value) : value)
