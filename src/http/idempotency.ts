import { createHash } from 'node:crypto'
import type { MiddlewareHandler, Context as RequestContext } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { declaredLength } from '../domain/intake/byte-limit.ts'
import { BODY_MAX_BYTES } from '../domain/intake/stage-image.ts'
import { isStorableText } from '../domain/storable-text.ts'
import { claimKey, type KeptAnswer, keepAnswer, releaseKey } from '../store/idempotency.ts'
import type { AppEnv } from './app-env.ts'
import { BodyDigest } from './body-digest.ts'
import {
  AnswerNotKeptError,
  IdempotencyKeyError,
  IdempotencyKeyReusedError,
  RequestUnderWayError,
} from './errors.ts'
import { mediaTypeOf } from './request-body.ts'

const KEY_MAX_CHARACTERS = 255
/** Of an answer that is kept. */
const ANSWER_MAX_BYTES = 256 * 1024
/** Parameters that say who asks, which the key's owner does already. */
const CREDENTIALS = ['user_id', 'user_token']
/** Answers to these hold tokens, which are not stored. */
const TOLD_ONCE = /^\/api\/v1\/auth\//

/**
 * Lets a signed-in client send a POST again under the same `Idempotency-Key` without its being carried out again (the
 * IETF's draft "The Idempotency-Key HTTP Header Field"). The body is hashed as it streams to its handler, and the
 * answer is kept with the hash; a repetition is hashed in turn and gets that answer, with `Idempotency-Replayed: true`.
 * Not kept are answers of 500 and more, and those to a body that did not come whole: such a request can be made again.
 */
export const idempotency: MiddlewareHandler<AppEnv> = async (c, next) => {
  const header = c.req.header('idempotency-key')
  const { principal, context } = c.var
  const isMeant = header !== undefined && c.req.method === 'POST' && !TOLD_ONCE.test(c.req.path)
  if (!isMeant || principal.kind !== 'user') return next()
  const length = declaredLength(c.req.raw.headers.get('content-length'))
  // It is refused whole, and is not to be read for that.
  if (length !== null && length > BODY_MAX_BYTES) return next()
  const { db } = context
  const key = idempotencyKey(header)
  const head = headHash(c.req.raw)
  const claim = await claimKey(db, principal, key, head)
  switch (claim.state) {
    case 'under-way':
      if (claim.requestHash !== null && claim.requestHash !== head) throw new IdempotencyKeyReusedError()
      throw new RequestUnderWayError()
    case 'answered':
      return answerAgain(c, head, claim.answer)
  }
  const bodyDigest = hashBody(c)
  await next()
  try {
    const answer = await answerToKeep(c.res, head, await bodyDigest())
    if (answer) await keepAnswer(db, principal, key, claim.at, answer)
    else await releaseKey(db, principal, key, claim.at)
  } catch (error) {
    // It has been carried out, and who asked is to know; a repetition waits until the claim is taken for dead.
    console.error('an answer could not be kept:', error)
  }
}

/**
 * The key a header names, bare or as the draft's quoted string.
 * @throws IdempotencyKeyError
 */
export function idempotencyKey(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header)?.[1]
  const key = quoted?.replaceAll(/\\(.)/g, '$1') ?? header
  if (!/^[!-~]+$/.test(key) || key.length > KEY_MAX_CHARACTERS)
    throw new IdempotencyKeyError(
      `An Idempotency-Key has 1 to ${KEY_MAX_CHARACTERS} visible ASCII characters, quoted or not`,
    )
  return key
}

/** SHA-256, hexadecimal, of what tells a request from others beside its body. */
export function headHash({ method, url, headers }: Request): string {
  const { pathname, searchParams } = new URL(url)
  for (const name of CREDENTIALS) searchParams.delete(name)
  const mediaType = mediaTypeOf(headers.get('content-type') ?? '')
  return createHash('sha256')
    .update(JSON.stringify([method, pathname, String(searchParams), mediaType]))
    .digest('hex')
}

const fullHash = (head: string, bodyDigest: string): string => `${head}.${bodyDigest}`

/**
 * Has the request's body hashed as it is read. The function that is returned reads what nobody has read, whoever holds
 * the request's own stream, and gives the digest; null for a body that does not come whole.
 */
function hashBody(c: RequestContext): () => Promise<string | null> {
  const { raw } = c.req
  const digest = new BodyDigest(raw.headers.get('content-type') ?? '')
  const reader = raw.body?.getReader()
  if (!reader) return async () => digest.digest()
  let size = 0
  const read = async (): Promise<Uint8Array | null> => {
    const { value } = await reader.read()
    if (!value) return null
    size += value.length
    digest.update(value)
    return value
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await read()
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  c.req.raw = new Request(raw, { body, duplex: 'half' } as RequestInit)
  return async () => {
    try {
      while (await read()) if (size > BODY_MAX_BYTES) return null
      return digest.digest()
    } catch {
      return null
    }
  }
}

/** What of an answer is kept; null where the request may be made again. */
async function answerToKeep(
  response: Response,
  head: string,
  bodyDigest: string | null,
): Promise<KeptAnswer | null> {
  const { status } = response
  if (status >= 500 || bodyDigest === null) return null
  const contentType = response.headers.get('content-type')
  return { requestHash: fullHash(head, bodyDigest), status, contentType, body: await textToKeep(response) }
}

/** The text of an answer; null for one that is not text, or too long. */
async function textToKeep(response: Response): Promise<string | null> {
  if (response.body === null) return ''
  if (!/^text\/|[/+]json\b/.test(response.headers.get('content-type') ?? '')) return null
  const text = await response.clone().text()
  return Buffer.byteLength(text) <= ANSWER_MAX_BYTES && isStorableText(text) ? text : null
}

/** @throws IdempotencyKeyReusedError, AnswerNotKeptError */
async function answerAgain(c: RequestContext, head: string, answer: KeptAnswer): Promise<Response> {
  if (!answer.requestHash.startsWith(`${head}.`)) throw new IdempotencyKeyReusedError()
  const bodyDigest = await hashBody(c)()
  if (bodyDigest === null || answer.requestHash !== fullHash(head, bodyDigest))
    throw new IdempotencyKeyReusedError()
  const { status, contentType, body } = answer
  if (body === null) throw new AnswerNotKeptError(status)
  if (contentType !== null) c.header('content-type', contentType)
  c.header('Idempotency-Replayed', 'true')
  return body === '' ? c.body(null, status as StatusCode) : c.body(body, status as ContentfulStatusCode)
}
