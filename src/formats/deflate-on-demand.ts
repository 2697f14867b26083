import { transformOnDemand } from './transform-on-demand.ts'

/** Compresses chunks to the zlib format, taking the next chunk only when the output so far has been read. */
export const deflateOnDemand = (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> =>
  transformOnDemand(new CompressionStream('deflate'), chunks)
