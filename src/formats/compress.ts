/**
 * Compresses bytes in one go. `gzip` yields RFC 1952 with no name and a zero time stamp, `deflate` the zlib format of
 * RFC 1950: the same bytes give the same result every time within one runtime.
 */
export async function compress(format: 'gzip' | 'deflate', bytes: Uint8Array) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
