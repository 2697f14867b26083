import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import {
  changeDatasource,
  createDatasource,
  type DatasourceAttributes,
  type DatasourceRecord,
  type DatasourceSort,
  listDatasources,
  readDatasource,
  removeDatasource,
} from '../../domain/maps/datasources.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { boxMember } from './box-members.ts'
import { answers, created, deleted, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { jsonValue } from './json-members.ts'
import { createdAnswer, listAnswer, orderOf, pageOf } from './listing.ts'
import {
  idOf,
  integerMember,
  invalid,
  type Members,
  readMembers,
  requiredText,
  textMember,
} from './request-form.ts'
import { textOf, unixSeconds } from './scalars.ts'
import { epsgMember } from './systems.ts'

/** Numbers of kinds of services; 70 is a WFS. */
const TYPE_MAX = 32_767

const SORTS: Readonly<Record<string, DatasourceSort>> = {
  ...{ id: 'id', name: 'name', owner: 'ownerId', type: 'type', epsg: 'srid', resource_id: 'id' },
  ...{ created: 'createdAt', modified: 'modifiedAt' },
}

const tags = ['Datasources']
const text = z.string().nullable()
const datasourceSchema = z
  .object({
    ...{
      id: z.string(),
      name: z.string(),
      owner: text,
      type: z.string(),
      resource_id: z.string(),
      epsg: text,
    },
    ...{ x_min: text, x_max: text, y_min: text, y_max: text },
    params: z.string().openapi({ description: 'JSON' }),
    ...{ created: z.number().int(), modified: z.number().int() },
  })
  .openapi('Datasource')
const coordinate = z.union([z.string(), z.number()])
const members = {
  name: z.string(),
  type: z.union([z.string(), z.number()]).openapi({ description: 'The kind of service; 70 is a WFS' }),
  params: z.union([z.string(), z.object({}).catchall(z.unknown())]),
  epsg: z.union([z.string(), z.number()]),
  ...{ x_min: coordinate, y_min: coordinate, x_max: coordinate, y_max: coordinate },
}
const newDatasource = z
  .object(members)
  .partial()
  .required({ name: true, type: true })
  .openapi('NewDatasource')
const datasourceChange = z.object(members).partial().openapi('DatasourceChange')

const datasourceDocument = (record: DatasourceRecord) => ({
  id: String(record.id),
  name: record.name,
  owner: textOf(record.ownerId),
  type: String(record.type),
  resource_id: String(record.id),
  epsg: textOf(record.srid),
  x_min: textOf(record.bounds?.[0]),
  x_max: textOf(record.bounds?.[2]),
  y_min: textOf(record.bounds?.[1]),
  y_max: textOf(record.bounds?.[3]),
  params: JSON.stringify(record.params),
  created: unixSeconds(record.createdAt),
  modified: unixSeconds(record.modifiedAt),
})

/** Descriptions of services elsewhere. */
export function mountDatasources(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/datasources'], tags, summary: 'The datasources that one may see' },
      request: { query: listParameters(Object.keys(SORTS)).extend({ type: z.string().optional() }) },
      responses: answers({ 200: ['A page of the datasources', listOf(datasourceSchema)] }, 400, 401),
    },
    async (c) => {
      const page = pageOf(c)
      const order = orderOf(c, Object.keys(SORTS))
      const { data, total } = await listDatasources(c.var.context, c.var.principal, {
        ...page,
        order: order && { ...order, attribute: SORTS[order.attribute]! },
        type: typeParameter(c),
      })
      return listAnswer(c, 'datasources', page, { total, data: data.map(datasourceDocument) })
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/datasources/{id}'], tags, summary: 'A datasource' },
      request: { params: idParameter },
      responses: answers({ 200: ['The datasource', datasourceSchema] }, 401, 404),
    },
    async (c) => {
      const id = idOf(c, 'id', 'Datasource')
      return json(c, datasourceDocument(await readDatasource(c.var.context, c.var.principal, id)))
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: ['/1/datasources'], tags, summary: 'Describe a service elsewhere' },
      request: jsonBody(newDatasource),
      responses: answers({ 201: created('Made') }, 400, 401, 413, 415),
    },
    async (c) => {
      const sent = await readMembers(c)
      const name = requiredText(sent, 'name', 500)
      const type = integerMember(sent, 'type', 0, TYPE_MAX)
      if (type === undefined) throw invalid('type', 'must be given; 70 is a WFS')
      const id = await createDatasource(c.var.context, c.var.principal, { ...attributes(sent), name, type })
      return createdAnswer(c, `/1/datasources/${id}`)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['put'], paths: ['/1/datasources/{id}'], tags, summary: 'Change a datasource' },
      request: { params: idParameter, ...jsonBody(datasourceChange) },
      responses: answers({ 204: 'Changed' }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const change = attributes(await readMembers(c))
      await changeDatasource(c.var.context, c.var.principal, idOf(c, 'id', 'Datasource'), change)
      return c.body(null, 204)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: ['/1/datasources/{id}'], tags, summary: 'Delete a datasource' },
      description: 'Layers that show it stay, without it.',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await removeDatasource(c.var.context, c.var.principal, idOf(c, 'id', 'Datasource'))
      return c.body(null, 204)
    },
  )
}

function typeParameter(c: RequestContext): number | null {
  const type = c.req.query('type')
  if (!type) return null
  if (!/^\d{1,5}$/.test(type))
    throw new InvalidParameterError('type', 'must be the number of a kind of service')
  return Number(type)
}

function attributes(sent: Members): DatasourceAttributes {
  const corners = ['x_min', 'y_min', 'x_max', 'y_max'].map((name) => sent[name])
  const isBlank = (corner: unknown) => corner === undefined || corner === null || corner === ''
  return {
    name: 'name' in sent ? requiredText(sent, 'name', 500) : undefined,
    type: integerMember(sent, 'type', 0, TYPE_MAX),
    srid: sent.epsg === null ? null : epsgMember(sent).srid,
    bounds: corners.every(isBlank) ? undefined : boxMember('x_min, y_min, x_max, y_max', corners),
    params: paramsMember(sent),
  }
}

/** JSON, or a text that is kept as one. */
function paramsMember(sent: Members): unknown {
  const { params } = sent
  if (params === undefined || params === null) return undefined
  return typeof params === 'string' && !/^\s*[[{"]/.test(params)
    ? textMember(sent, 'params')
    : jsonValue('params', params)
}
