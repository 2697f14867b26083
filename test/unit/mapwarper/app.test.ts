import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answerError } from '../../../src/dialects/mapwarper/errors.ts'
import type { Context } from '../../../src/domain/context.ts'
import {
  ForbiddenError,
  ImageNotReadyError,
  JobFailedError,
  NotEnoughPointsError,
  NotFoundError,
  ScanBusyError,
  UnauthenticatedError,
  UnsolvableTransformError,
  ValidationError,
} from '../../../src/domain/errors.ts'
import { PayloadTooLargeError, UploadRejectedError } from '../../../src/domain/intake/errors.ts'
import { FormatError } from '../../../src/formats/format-error.ts'
import { createApp } from '../../../workers/api/app.ts'

/** No database: whoever reaches for it finds out. */
const broken = {
  get db(): never {
    throw new Error('the password of the database is hunter2')
  },
} as unknown as Context
const app = createApp(() => broken)

afterEach(() => void vi.restoreAllMocks())

const thrown = async (error: Error) => {
  const throwing = new Hono()
  throwing.onError(answerError)
  throwing.get('/', () => {
    throw error
  })
  const response = await throwing.request('/')
  return { status: response.status, body: await response.json(), headers: response.headers }
}

describe('the error table', () => {
  it.each([
    [new ForbiddenError(), 401, { title: 'Unauthorized', detail: 'Unauthorized Request' }],
    [new NotFoundError('Map', 2222), 404, { title: 'Not found', detail: "Couldn't find Map with 'id'=2222" }],
    [
      new ScanBusyError(),
      422,
      { title: 'Map busy', detail: 'Map currently being rectified. Try again later.' },
    ],
    [
      new NotEnoughPointsError(6),
      422,
      { title: 'Not enough gcps', detail: 'Map needs at least 6 control points to rectify.' },
    ],
    [
      new UnsolvableTransformError('on a line'),
      422,
      { title: 'Transform not solvable', detail: 'on a line' },
    ],
    [new ImageNotReadyError('not yet'), 422, { title: 'Image not ready', detail: 'not yet' }],
    [new JobFailedError('no'), 422, { title: 'Rectification failed', detail: 'no' }],
    [
      new UploadRejectedError('upload_url', 'is invalid or inaccessible'),
      422,
      { source: { pointer: '/data/attributes/upload_url' }, detail: 'is invalid or inaccessible' },
    ],
    [new FormatError('bad-json', 'where'), 400, { title: 'Malformed body', detail: 'where' }],
  ])('%o', async (error, status, entry) => {
    expect(await thrown(error)).toMatchObject({ status, body: { errors: [entry] } })
  })

  it('has one object for every fault of an attribute', async () => {
    const error = new ValidationError([
      { attribute: 'x', message: 'is not a number' },
      { attribute: 'gcps/3/y', message: "can't be blank" },
    ])
    expect(await thrown(error)).toMatchObject({
      status: 422,
      body: {
        errors: [
          { source: { pointer: '/data/attributes/x' }, detail: 'is not a number' },
          { source: { pointer: '/gcps/3/y' }, detail: "can't be blank" },
        ],
      },
    })
  })

  it('asks for credentials', async () => {
    const { status, body, headers } = await thrown(new UnauthenticatedError())
    expect(status).toBe(401)
    expect(body).toEqual({ error: 'You need to sign in or sign up before continuing.' })
    expect(headers.get('www-authenticate')).toBe('Basic realm="Application"')
  })

  it('tells the limit of a body', async () => {
    const { status, body } = await thrown(new PayloadTooLargeError('The body', 1024))
    expect(status).toBe(413)
    expect(JSON.stringify(body)).toContain('1024 bytes')
  })
})

describe('the application without a database', () => {
  it.each(['/api/v1/maps', '/api/v1/gcps/1', '/maps/1/gcps.csv'])(
    'tells nothing of a fault at %s',
    async (path) => {
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      const response = await app.request(`http://h${path}`)
      expect(response.status).toBe(500)
      const body = await response.text()
      expect(JSON.parse(body).errors[0].title).toBe('Internal error')
      expect(body).not.toContain('hunter2')
      expect(log).toHaveBeenCalledOnce()
    },
  )

  it('refuses ids that nothing can have before it asks the database', async () => {
    for (const id of ['abc', '0', '99999999999', '1.5'])
      expect((await app.request(`http://h/api/v1/maps/${id}`)).status).toBe(404)
  })

  it('lets any origin in, on errors too', async () => {
    const preflight = await app.request('http://h/api/v1/maps', {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere', 'access-control-request-headers': 'x-user-id,x-user-token' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('x-user-id,x-user-token')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET,POST,OPTIONS,DELETE,PUT,PATCH')
    const refused = await app.request('http://h/api/v1/maps', { method: 'POST' })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    expect(refused.headers.get('access-control-expose-headers')).toBe(
      'access-token,expiry,token-type,uid,client',
    )
  })

  it('documents what it mounts', async () => {
    const document = (await (await app.request('http://h/docs/mapwarper/openapi.json')).json()) as {
      paths: Record<string, Record<string, { summary?: string }>>
    }
    expect(Object.keys(document.paths['/api/v1/maps/{id}']!).sort()).toEqual([
      'delete',
      'get',
      'patch',
      'put',
    ])
    expect(Object.keys(document.paths['/api/v1/maps/{id}/rectify']!).sort()).toEqual(['patch', 'post'])
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(operations)) {
        expect(operation.summary, `${method} ${path}`).toBeTruthy()
        const url = `http://h${path.replaceAll(/\{\w+\}/g, '1')}`
        const response = await app.request(url, { method: method.toUpperCase() })
        expect(await response.text(), `${method} ${path}`).not.toContain('No route matches')
      }
    expect(log).toHaveBeenCalled()
  })

  it('has a page at its root', async () => {
    const response = await app.request('http://h/api/v1/')
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain('/docs/mapwarper/openapi.json')
  })

  it('has a picture for maps without one', async () => {
    const response = await app.request('http://h/missing.png')
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.headers.get('content-type')).toBe('image/png')
    expect([...bytes.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47])
  })
})
