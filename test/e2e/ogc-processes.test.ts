import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  administrator,
  baseUrl,
  type Call,
  call,
  newUser,
  type TestUser,
} from './mapwarper-client.ts'

const EXCEPTIONS = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0'
const REL = 'http://www.opengis.net/def/rel/ogc/1.0'
const DERIVED = ['import', 'export', 'echo']

let user: TestUser
let other: TestUser
beforeAll(async () => {
  ;[user, other] = await Promise.all([newUser(), newUser()])
})

const execute = (process: string, json: unknown, more: Call = {}): Promise<Answer> =>
  call(`/ogc/processes/${process}/execution`, { json, ...more })
const echo = (inputs: unknown, more: object = {}, options: Call = {}) =>
  execute('echo', { inputs, ...more }, options)
const asynchronously = { prefer: 'respond-async' }

/** Begins a job and returns the path of its address. */
async function begin(process: string, json: unknown, as: Record<string, string> = {}): Promise<string> {
  const answer = await execute(process, json, { headers: { ...asynchronously, ...as } })
  expect(answer.status, answer.text).toBe(201)
  return new URL(answer.headers.get('location')!).pathname
}

/** The job at an address, when it has ended. */
async function ended(path: string, as: Record<string, string> = {}) {
  for (let attempt = 0; attempt < 2400; attempt++) {
    const { json } = await call(path, { headers: as })
    if (!['accepted', 'running'].includes(json.status)) return json
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${path} does not end`)
}

const linkOf = (document: { links: { rel: string; href: string }[] }, rel: string) =>
  document.links.find((link) => link.rel === rel)?.href

function expectProblem(answer: Answer, status: number, detail: string | RegExp, more: object = {}): void {
  expect([answer.status, answer.headers.get('content-type')], answer.text).toEqual([
    status,
    'application/problem+json',
  ])
  expect(answer.json).toMatchObject({ status, title: expect.any(String), type: expect.any(String), ...more })
  expect(answer.json.detail).toMatch(detail)
}

describe('processes', () => {
  it('are listed with links that resolve, page by page', async () => {
    const { status, json } = await call('/ogc/processes')
    expect(status).toBe(200)
    const ids = json.processes.map(({ id }: { id: string }) => id)
    expect(ids).toEqual(expect.arrayContaining(DERIVED))
    for (const process of json.processes) {
      expect(process).toMatchObject({
        ...{ version: '1.0.0', title: expect.any(String), description: expect.any(String) },
        jobControlOptions: ['sync-execute', 'async-execute', 'dismiss'],
        outputTransmission: ['value', 'reference'],
      })
      const described = await call(linkOf(process, 'self')!)
      expect(described.json).toMatchObject({ id: process.id, inputs: {}, outputs: {} })
    }
    const seen: string[] = []
    for (let next: string | undefined = '/ogc/processes?limit=1'; next; ) {
      const page: Answer = await call(next)
      seen.push(...page.json.processes.map(({ id }: { id: string }) => id))
      next = linkOf(page.json, 'next')
    }
    expect(seen).toEqual(ids)
    expectProblem(await call('/ogc/processes?limit=0'), 400, 'limit', { parameter: 'limit' })
    expectProblem(await call('/ogc/processes?colour=red'), 400, 'colour')
  })

  it('are described with the schemas of their inputs and outputs', async () => {
    const { json } = await call('/ogc/processes/import')
    expect(json.inputs.crs).toMatchObject({ minOccurs: 0, maxOccurs: 1, schema: { type: 'string' } })
    expect(json.inputs.visibility.schema).toMatchObject({ enum: ['public', 'private'], default: 'public' })
    expect(json.outputs.collections.schema).toMatchObject({ type: 'array' })
    expect(linkOf(json, `${REL}/execute`)).toBe(`${baseUrl}/ogc/processes/import/execution`)
    const exported = await call('/ogc/processes/export')
    expect(exported.json.inputs.collection.minOccurs).toBe(1)
    expect(exported.json.inputs.format.schema.enum).toContain('gpkg')
  })

  it('that are not there have their own type of problem', async () => {
    for (const answer of [await call('/ogc/processes/none'), await execute('none', {})])
      expectProblem(answer, 404, 'none', { type: `${EXCEPTIONS}/no-such-process` })
  })

  it('and jobs are pages for who prefers them', async () => {
    const path = await begin('echo', { inputs: { text: '<b>&' } })
    await ended(path)
    for (const [page, text] of [
      ['/ogc/processes', '/ogc/processes/echo'],
      ['/ogc/processes/echo', 'geojson-geometry'],
      [path, 'successful'],
      ['/ogc/jobs?f=html', 'Jobs'],
    ] as const) {
      const headers = { accept: 'text/html,*/*;q=0.1', ...user.basic }
      const answer = await call(page, { headers })
      expect([answer.status, answer.headers.get('content-type')], page).toEqual([
        200,
        'text/html; charset=UTF-8',
      ])
      expect(answer.text, page).toContain(text)
    }
  })
})

describe('echo', () => {
  const inputs = {
    ...{ text: 'Ünïcode ✓', number: -1.5e10, list: ['a', 'ß'], object: { deep: [{ value: null }] } },
    ...{ bbox: { bbox: [5, 47, 15, 55], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' } },
    geometry: { type: 'Point', coordinates: [7.5, 51.9] },
  }

  it('answers anybody with a document, and tells of the job', async () => {
    const answer = await echo(inputs)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(answer.json).toEqual(inputs)
    const monitor = /^<([^>]+)>; rel=monitor$/.exec(answer.headers.get('link')!)![1]!
    expect((await call(monitor)).json).toMatchObject({ status: 'successful', processID: 'echo' })
    const wrapped = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, { value }]))
    expect((await echo(wrapped, { response: 'document' })).json).toEqual(inputs)
    expect((await echo({})).json).toEqual({})
  })

  it('gives one output raw, several as parts, and any by reference', async () => {
    const one = await echo({ text: 'teststring' }, { response: 'raw' })
    expect([one.text, one.headers.get('content-type')]).toEqual(['teststring', 'text/plain; charset=utf-8'])
    const number = await echo(inputs, { response: 'raw', outputs: { number: {} } })
    expect([number.text, number.headers.get('content-type')]).toEqual(['-15000000000', 'application/json'])
    const outputs = { text: { transmissionMode: 'value' }, list: { transmissionMode: 'reference' } }
    const several = await echo(inputs, { response: 'raw', outputs })
    const boundary = /^multipart\/related; boundary="(.+)"$/.exec(several.headers.get('content-type')!)![1]!
    const [, text, list, end] = several.text.split(`--${boundary}`)
    expect(text).toBe(
      `\r\nContent-Type: text/plain; charset=utf-8\r\nContent-ID: <text>\r\n\r\n${inputs.text}\r\n`,
    )
    const location = /Content-Location: (\S+)\r\n\r\n/.exec(list!)![1]!
    expect((await call(location)).json).toEqual(inputs.list)
    expect(end).toBe('--\r\n')
    const reference = { outputs: { list: { transmissionMode: 'reference' } } }
    const referred = await echo(inputs, { response: 'raw', ...reference })
    expect([referred.status, referred.text]).toEqual([204, ''])
    const href = /^<([^>]+)>; rel=list; type="application\/json"/.exec(referred.headers.get('link')!)![1]!
    expect((await call(href)).json).toEqual(inputs.list)
    const document = await echo(inputs, reference)
    expect(document.json).toEqual({
      list: { href: expect.stringContaining('/results/list'), type: 'application/json', title: 'list' },
    })
  })

  it('runs by itself where that is preferred; its results are given as they were asked for', async () => {
    const started = await echo(
      { text: 'later', pause: 2 },
      { response: 'raw' },
      { headers: { prefer: 'respond-async; foo, handling=lenient' } },
    )
    expect([started.status, started.headers.get('preference-applied')]).toEqual([201, 'respond-async'])
    const { jobID } = started.json
    expect(started.headers.get('location')).toBe(`${baseUrl}/ogc/jobs/${jobID}`)
    expect(started.json).toMatchObject({
      ...{ type: 'process', processID: 'echo', progress: 0, created: expect.any(String) },
      status: expect.stringMatching(/^(accepted|running)$/),
    })
    const path = `/ogc/jobs/${jobID}`
    expect(linkOf(started.json, 'status')).toBe(`${baseUrl}${path}`)
    expectProblem(await call(`${path}/results`), 404, 'not there yet', {
      type: `${EXCEPTIONS}/result-not-ready`,
    })
    const job = await ended(path)
    expect(job).toMatchObject({ status: 'successful', progress: 100, finished: expect.any(String) })
    const results = await call(linkOf(job, `${REL}/results`)!)
    expect([results.text, results.headers.get('content-type')]).toEqual([
      'later',
      'text/plain; charset=utf-8',
    ])
    expect((await call(`${path}/results/text`)).text).toBe('later')
    expectProblem(await call(`${path}/results/number`), 404, 'number')
    expectProblem(await call(`${path}/files/none.txt`), 404, 'no such file')
    const soon = await echo({ text: 'soon' }, {}, { headers: { prefer: 'respond-async, wait=20' } })
    expect([soon.status, soon.text]).toEqual([200, '{"text":"soon"}'])
    const late = await echo({ pause: 30 }, {}, { headers: { prefer: 'wait=1' } })
    expect([late.status, late.headers.get('preference-applied')]).toEqual([201, null])
    const dismissed = await call(`/ogc/jobs/${late.json.jobID}`, { method: 'DELETE' })
    expect(dismissed.json).toMatchObject({ status: 'dismissed', finished: expect.any(String) })
    expectProblem(await call(`/ogc/jobs/${late.json.jobID}/results`), 404, 'dismissed')
  })

  it('refuses every request that is not as it must be, and says what and where', async () => {
    const refused: [unknown, RegExp][] = [
      [{ inputs: { nope: 1 } }, /^nope is not an input of this process; there are text/],
      [{ inputs: { text: 5 } }, /^text is not valid/],
      [{ inputs: { text: null } }, /^text is not valid/],
      [{ inputs: { number: '5' } }, /^number is not valid/],
      [{ inputs: { list: ['a', 5] } }, /^list is not valid: it is not a list of at most/],
      [{ inputs: { list: Array(200_000).fill(null) } }, /^list is not valid/],
      [{ inputs: { pause: -1 } }, /^pause is not valid/],
      [{ inputs: { pause: 61 } }, /^pause is not valid/],
      [{ inputs: { bbox: { bbox: [1, 2, 3] } } }, /^bbox.bbox is not valid/],
      [{ inputs: { geometry: [1] } }, /^geometry is not valid/],
      [{ inputs: { text: 'a\0b' } }, /inputs.text holds a NUL/],
      [{ inputs: { object: { '\ud800': 1 } } }, /holds a NUL/],
      [{ inputs: { object: JSON.parse('['.repeat(70) + ']'.repeat(70)) } }, /nested deeper/],
      [{ inputs: [] }, /^inputs/],
      [{ input: {} }, /"input" does not belong here/],
      [[], /not a JSON object/],
      [null, /not a JSON object/],
      [{ outputs: { nope: {} } }, /"nope" is not an output/],
      [{ outputs: { text: { transmissionMode: 'pigeon' } } }, /^outputs.text.transmissionMode/],
      [{ outputs: 'text' }, /^outputs/],
      [{ response: 'xml' }, /^response/],
      [{ subscriber: { successUri: 'https://example.org' } }, /^subscriber/],
    ]
    for (const [body, detail] of refused) expectProblem(await execute('echo', body), 400, detail)
    expectProblem(await execute('echo', undefined, { body: '{"inputs":' }), 400, 'not valid JSON')
    const xml = { 'content-type': 'application/xml' }
    expectProblem(await execute('echo', undefined, { body: '<a/>', headers: xml }), 415, 'application/xml')
    expectProblem(await execute('echo', { inputs: { text: 'x'.repeat(2 ** 20) } }), 413, 'larger')
    expect((await call('/ogc/processes/echo/execution')).status).toBe(405)
  })
})

describe('jobs', () => {
  const none = crypto.randomUUID()

  it('are their owner’s and the administrators’, and listed by what is asked', async () => {
    const before = new Date().toISOString()
    const [first, second] = [
      await begin('echo', { inputs: { text: 'a' } }, user.basic),
      await begin('echo', { inputs: { text: 'b', pause: 60 } }, user.basic),
    ]
    await ended(first, user.basic)
    for (const as of [{}, other.basic]) {
      for (const [method, more] of [
        ['GET', ''],
        ['GET', '/results'],
        ['DELETE', ''],
        ['POST', '/answers'],
      ] as const) {
        const body = method === 'POST' ? { json: {} } : {}
        const answer = await call(`${first}${more}`, { method, headers: as, ...body })
        expectProblem(answer, 404, "Couldn't find Job", { type: `${EXCEPTIONS}/no-such-job` })
      }
    }
    expect((await call(first, { as: administrator })).status).toBe(200)
    const list = async (query: string, as = user.basic) => {
      const { status, json, text } = await call(`/ogc/jobs${query}`, { as })
      expect(status, text).toBe(200)
      expect(json.numberReturned).toBe(json.jobs.length)
      return json.jobs.map(({ jobID }: { jobID: string }) => `/ogc/jobs/${jobID}`)
    }
    expect(await list('')).toEqual([second, first])
    expect(await list('', other.basic)).toEqual([])
    expect(await list('?limit=1')).toEqual([second])
    expect(await list('?limit=1&offset=1')).toEqual([first])
    expect(await list('?status=successful')).toEqual([first])
    expect(await list('?status=successful,running,accepted&type=process')).toEqual([second, first])
    expect(await list('?type=other')).toEqual([])
    expect(await list('?processID=export,import')).toEqual([])
    expect(await list('?processID=echo')).toEqual([second, first])
    expect(await list(`?datetime=${before}/..`)).toEqual([second, first])
    expect(await list(`?datetime=../${before}`)).toEqual([])
    expect(await list(`?datetime=${before.slice(0, 10)}/..`)).toEqual([second, first])
    expect(await list('?maxDuration=3600&status=successful')).toEqual([first])
    expect(await list('?minDuration=3600')).toEqual([])
    const { json } = await call('/ogc/jobs?limit=1', { as: user.basic })
    expect(json).toMatchObject({ numberMatched: 2, numberReturned: 1 })
    const next = await call(linkOf(json, 'next')!, { as: user.basic })
    expect(next.json.jobs.map(({ jobID }: { jobID: string }) => jobID)).toEqual([first.split('/').at(-1)])
    expect((await call(second, { method: 'DELETE', as: user.basic })).json.status).toBe('dismissed')
    expect(await list('?status=dismissed')).toEqual([second])
    for (const path of [first, second]) await call(path, { method: 'DELETE', as: user.basic })
    expect(await list('')).toEqual([])
  })

  it('are not told of to who asks wrongly', async () => {
    expectProblem(await call('/ogc/jobs'), 401, 'sign in')
    for (const [query, parameter] of [
      ['status=waiting', 'status'],
      ['datetime=yesterday', 'datetime'],
      ['minDuration=-1', 'minDuration'],
      ['maxDuration=1.5', 'maxDuration'],
      ['limit=0', 'limit'],
      ['nope=1', 'nope'],
    ])
      expectProblem(await call(`/ogc/jobs?${query}`, { as: user.basic }), 400, parameter!, { parameter })
    for (const id of [none, 'x', '%00', '..%2f', 'é', '1'.repeat(5000)])
      for (const more of ['', '/results', '/results/text', '/files/a'])
        expectProblem(await call(`/ogc/jobs/${id}${more}`), 404, /./)
    expectProblem(await call(`/ogc/jobs/${none}`, { method: 'DELETE' }), 404, none)
    const path = await begin('echo', { inputs: {} })
    await ended(path)
    expectProblem(await call(`${path}/answers`, { json: { crs: 'EPSG:4326' } }), 409, 'asks nothing')
    expectProblem(await call(`${path}/answers`, { json: [] }), 400, 'JSON object')
  })
})
