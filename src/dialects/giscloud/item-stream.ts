import type { Context as RequestContext } from 'hono'
import { streamOf } from '../../formats/byte-stream.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const SCRIPT_TYPE = 'application/javascript; charset=utf-8'

/**
 * A list whose items, JSON texts, come in parts, each of which is sent before the next is asked for; as a script that calls
 * a function with it where one is named.
 */
export function itemListAnswer(
  c: RequestContext,
  head: { type: string; total: number; page: number },
  parts: AsyncIterable<string[]>,
  callback: string | null,
): Response {
  const [before, after] = callback === null ? ['', ''] : [`/**/${callback}(`, ');']
  return c.body(
    streamOf(chunks(`${before}${JSON.stringify(head).slice(0, -1)},"data":[`, parts, `]}${after}`)),
    200,
    {
      'content-type': callback === null ? JSON_TYPE : SCRIPT_TYPE,
      'x-content-type-options': 'nosniff',
    },
  )
}

async function* chunks(
  head: string,
  parts: AsyncIterable<string[]>,
  foot: string,
): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder()
  let before = head
  for await (const items of parts) {
    if (items.length === 0) continue
    yield encoder.encode(before + items.join(','))
    before = ','
  }
  yield encoder.encode(before === head ? head + foot : foot)
}
