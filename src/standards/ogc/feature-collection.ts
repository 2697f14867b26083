import type { FeaturePage } from '../../domain/datasets/features.ts'
import type { Link } from './links.ts'

/** Text is encoded in pieces of about this many characters. */
const PIECE_CHARACTERS = 256 * 1024

/** A page of features as a GeoJSON feature collection, written as it is read; the features are the database's own text. */
export function featureCollectionBody(
  { features, numberMatched, numberReturned }: FeaturePage,
  links: readonly Link[],
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const head = {
    ...{
      type: 'FeatureCollection',
      numberMatched,
      numberReturned,
      timeStamp: new Date().toISOString(),
      links,
    },
  }
  let next = 0
  return new ReadableStream({
    pull(controller) {
      let piece = next === 0 ? `${JSON.stringify(head).slice(0, -1)},"features":[` : ''
      while (next < features.length && piece.length < PIECE_CHARACTERS) {
        if (next > 0) piece += ','
        piece += features[next++]!
      }
      const isDone = next >= features.length
      controller.enqueue(encoder.encode(isDone ? `${piece}]}` : piece))
      if (isDone) controller.close()
    },
  })
}
