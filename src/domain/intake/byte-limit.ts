/** Passes `body` on and throws what `tooLarge` makes as soon as more than `maxBytes` bytes have come. */
export async function* limitBytes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0
  for await (const chunk of body) {
    total += chunk.length
    if (total > maxBytes) throw tooLarge()
    yield chunk
  }
}

/** The number in a `Content-Length` header; null when there is none that can be believed. */
export function declaredLength(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null
}
