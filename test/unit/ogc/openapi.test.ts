import { beforeAll, describe, expect, test } from 'vitest'
import { ogc } from '../../../src/standards/ogc/index.ts'

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema?: { type?: string }
}
interface Operation {
  parameters?: Parameter[]
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>
  requestBody?: { content: Record<string, { schema: unknown }> }
}
interface ApiDocument {
  openapi: string
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}

let api: ApiDocument
let operations: { path: string; method: string; operation: Operation }[]

beforeAll(async () => {
  const response = await ogc().request('http://host/ogc/api')
  expect(response.headers.get('content-type')).toBe('application/vnd.oai.openapi+json;version=3.0')
  api = (await response.json()) as ApiDocument
  operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
})

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value))
    if (name === '$ref') yield String(member)
    else yield* references(member)
}

describe('the OpenAPI document', () => {
  test('is of version 3.0 and has its paths below the server', () => {
    expect(api.openapi).toBe('3.0.3')
    expect(api.servers).toEqual([{ url: 'http://host/ogc' }])
    expect(Object.keys(api.paths)).toEqual(
      expect.arrayContaining([
        ...['/', '/conformance', '/api', '/collections', '/collections/{collectionId}'],
        ...['/collections/{collectionId}/items', '/collections/{collectionId}/items/{featureId}'],
        ...['/collections/{collectionId}/queryables', '/collections/{collectionId}/tiles/{tileMatrixSetId}'],
      ]),
    )
  })

  test('has every path parameter declared, and every parameter once and with a schema', () => {
    for (const { path, method, operation } of operations) {
      const parameters = operation.parameters ?? []
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => name).sort(), `${method} ${path}`).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort(),
      )
      expect(inPath.every(({ required }) => required === true)).toBe(true)
      expect(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size).toBe(
        parameters.length,
      )
      for (const parameter of parameters) expect(parameter.schema, parameter.name).toBeDefined()
    }
  })

  test('describes every answer, and every body by a schema', () => {
    for (const { path, method, operation } of operations) {
      expect(
        Object.keys(operation.responses).some((status) => /^[23]/.test(status)),
        `${method} ${path}`,
      ).toBe(true)
      for (const { description, content = {} } of Object.values(operation.responses)) {
        expect(description).not.toBe('')
        for (const { schema } of Object.values(content)) expect(schema).toBeDefined()
      }
    }
  })

  test('refers to nothing that is not there, and has no word of JSON Schema that 3.0 does not know', () => {
    for (const reference of references(api)) {
      const [, part, kind, name] = reference.split('/')
      expect(part).toBe('components')
      expect(kind).toBe('schemas')
      expect(api.components.schemas, reference).toHaveProperty(name!)
    }
    const words = ['"const":', '"prefixItems":', '"type":[', '"exclusiveMinimum":0']
    const text = JSON.stringify(api)
    expect(words.filter((word) => text.includes(word))).toEqual([])
  })

  test('declares the parameters of features with their bounds', () => {
    const { parameters = [] } = api.paths['/collections/{collectionId}/items']!.get!
    const named = (name: string) => parameters.find((parameter) => parameter.name === name)
    expect(named('limit')).toMatchObject({
      ...{ in: 'query', required: false },
      schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 10 },
    })
    expect(named('bbox')).toMatchObject({
      ...{ in: 'query', style: 'form', explode: false },
      schema: { type: 'array', minItems: 4, maxItems: 6, items: { type: 'number' } },
    })
    expect(named('datetime')).toMatchObject({ in: 'query', schema: { type: 'string' } })
  })
})

describe('addresses without a resource', () => {
  const request = (path: string, init: RequestInit = {}) => ogc().request(`http://host${path}`, init)

  test('other methods are told what there is', async () => {
    const refused = await request('/ogc/conformance', { method: 'POST' })
    expect(refused.status).toBe(405)
    expect(refused.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(await refused.json()).toMatchObject({ status: 405, instance: '/ogc/conformance' })
    const options = await request('/ogc/collections/x/items/1', { method: 'OPTIONS' })
    expect(options.status).toBe(200)
    expect(options.headers.get('allow')!.split(', ').sort()).toEqual(
      ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT'].sort(),
    )
    expect(options.headers.get('accept-patch')).toContain('application/merge-patch+json')
    expect(options.headers.get('access-control-allow-headers')).toContain('Authorization')
  })

  test('nothing is there, in the form that is read', async () => {
    const machine = await request('/ogc/nope')
    expect([machine.status, machine.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    const person = await request('/ogc/%3Cb%3E', { headers: { accept: 'text/html' } })
    expect(person.status).toBe(404)
    expect(person.headers.get('content-security-policy')).toContain("default-src 'none'")
    const page = await person.text()
    expect(page).toContain('There is nothing at')
    expect(page).not.toContain('<b>')
  })
})
