import fc from 'fast-check'
import type { Operation } from './documented-operations.ts'
import { contentTypes, hostileBody, hostileJson, hostileText } from './hostile-values.ts'
import { baseUrl } from './mapwarper-client.ts'

const REQUESTS_AT_ONCE = 6
/** Errors of the server that are answers of their own: an operation that a standard names and nobody offers here. */
const SPOKEN = [501]

/** Whose operations are asked for, and with what in place of what is not hostile. */
export interface HostileScene {
  operations: readonly Operation[]
  /** What stands for a parameter of a path where it is not the hostile one. */
  fill(path: string, parameter: string): string
  /** Headers of those who ask, by name. */
  askers: Record<string, Record<string, string>>
}

/** One request that somebody might send: which values stand where the documentation wants something else. */
const requests = fc.record({
  operation: fc.nat(),
  who: fc.nat(),
  /** Which of the operation's parameters and members, counted through, gets the hostile value. */
  target: fc.nat(),
  text: hostileText,
  json: hostileJson,
  raw: fc.option(fc.tuple(hostileBody, contentTypes), { freq: 4 }),
})
type HostileRequest = typeof requests extends fc.Arbitrary<infer T> ? T : never

interface Outcome {
  status: number
  what: string
  text: string
}

function withMember(body: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value
  const members = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
  return { ...members, [name]: withMember((members as Record<string, unknown>)[name], rest, value) }
}

async function send(scene: HostileScene, request: HostileRequest): Promise<Outcome> {
  const operation = scene.operations[request.operation % scene.operations.length]!
  const { method, path, pathParams, queryParams, body } = operation
  const targets = [
    ...pathParams.map((name) => ['path', name] as const),
    ...queryParams.map((name) => ['query', name] as const),
    ...(body?.leaves ?? []).map((leaf) => ['body', leaf] as const),
  ]
  const [place, name] = targets[request.target % Math.max(1, targets.length)] ?? ['none', '']
  const hostile = encodeURIComponent(request.text.toWellFormed())
  const address = path.replaceAll(/\{(\w+)\}/g, (_, param: string) => {
    if (place === 'path' && param === name) return hostile
    return scene.fill(path, param)
  })
  const query = place === 'query' ? `?${String(name)}=${hostile}` : ''
  const [who, credential] = Object.entries(scene.askers)[request.who % Object.keys(scene.askers).length]!
  const json =
    body && (place === 'body' ? withMember(body.valid, name as string[], request.json) : body.valid)
  const isRead = method === 'GET' || method === 'HEAD'
  const response = await fetch(`${baseUrl}${address}${query}`, {
    method,
    redirect: 'manual',
    headers: {
      ...credential,
      ...(isRead ? {} : { 'content-type': request.raw ? request.raw[1] : 'application/json' }),
    },
    ...(isRead ? {} : { body: request.raw ? request.raw[0] : JSON.stringify(json ?? {}) }),
  })
  const text = await response.text()
  return { status: response.status, what: `${method} ${address}${query} as ${who}`, text }
}

/** Sends random requests, some at once, and fails with the first that ends in an error of the server. */
export const sendHostileRequests = (scene: HostileScene, rounds: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(
      fc.array(requests, { minLength: REQUESTS_AT_ONCE, maxLength: REQUESTS_AT_ONCE }),
      async (together) => {
        for (const { status, what, text } of await Promise.all(together.map((one) => send(scene, one))))
          if (status >= 500 && !SPOKEN.includes(status))
            throw new Error(`${status}: ${what}\n${text.slice(0, 300)}`)
      },
    ),
    { numRuns: rounds, endOnFailure: true },
  )

/**
 * Reads with hostile values in every single parameter of a query.
 * @param each how many of the values, in turn, a parameter gets
 * @returns those requests that ended in an error of the server
 */
export async function readWithHostileValues(
  { operations, fill, askers }: HostileScene,
  values: readonly string[],
  each = values.length,
): Promise<string[]> {
  let turn = 0
  const next = () => values[turn++ % values.length]!
  const addresses = operations
    .filter(({ method }) => method === 'GET')
    .flatMap(({ path, queryParams }) => {
      const address = path.replaceAll(/\{(\w+)\}/g, (_, param: string) => fill(path, param))
      return queryParams.flatMap((name) =>
        Array.from({ length: each }, () => `${address}?${name}=${encodeURIComponent(next())}`),
      )
    })
  const failed: string[] = []
  const waiting = [...new Set(addresses)]
  const headers = Object.values(askers).at(-1)!
  const work = async () => {
    for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
      const { status } = await fetch(baseUrl + address, { headers, redirect: 'manual' })
      if (status >= 500 && !SPOKEN.includes(status)) failed.push(`${status} ${address.slice(0, 120)}`)
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work))
  return failed
}
