import { ByteBuffer } from 'flatbuffers'
import { Feature } from 'flatgeobuf/lib/mjs/flat-geobuf/feature.js'
import type { Geometry } from 'flatgeobuf/lib/mjs/flat-geobuf/geometry.js'
import {
  hilbertOrder,
  INDEX_NODE_SIZE,
  type IndexedFeature,
  packedIndex,
} from '../flatgeobuf/packed-index.ts'
import { encodeFlatGeobufHeader } from '../flatgeobuf/writer.ts'
import type { SyncByteSource } from '../sync-bytes.ts'
import type { Conversion } from './convert.ts'
import { commonType, stagedColumns } from './feature-stage.ts'
import { fieldNames } from './field-names.ts'

/** Features of more bytes lie in the file as they came, and have no index: to be put in order they are held in memory. */
export const INDEXED_MAX_BYTES = 24 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024

/** Whether a file of these features has a spatial index: it needs a geometry of every feature. */
export const isIndexed = ({ staged: { layers } }: Conversion, features: SyncByteSource): boolean =>
  layers.features !== undefined && layers.features.withoutGeometry === 0 && features.size <= INDEXED_MAX_BYTES

/** A FlatGeobuf file of staged features, piece by piece. */
export function* flatGeobufFile(
  conversion: Conversion,
  features: SyncByteSource,
): Generator<Uint8Array, void, undefined> {
  const { format, name, columns, geometryType, hasZ, hasM, wkt, code, staged } = conversion
  const names = fieldNames(
    format,
    columns.map((column) => column.name),
  )
  const layer = staged.layers.features
  const header = {
    ...{ name, hasZ, hasM },
    geometryType: geometryType ?? (layer ? commonType(layer) : null),
    columns: stagedColumns(format, columns).map((column, i) => ({ ...column, name: names[i]! })),
    featureCount: layer?.count ?? 0,
    envelope: layer?.envelope ?? null,
    system: wkt === null ? null : { code, wkt },
  }
  if (!isIndexed(conversion, features)) {
    yield encodeFlatGeobufHeader(header)
    yield* piecesOf(features)
    return
  }
  yield encodeFlatGeobufHeader({ ...header, indexNodeSize: INDEX_NODE_SIZE })
  const bytes = new Uint8Array(features.size)
  features.read(0, bytes)
  const placed = [...placesOf(bytes)]
  const ordered = hilbertOrder(placed).map((i) => placed[i]!)
  yield packedIndex(ordered)
  for (const { offset, size } of ordered) yield bytes.subarray(offset, offset + size)
}

/** All of a source's bytes, in pieces that are good until the next. */
export function* piecesOf(source: SyncByteSource): Generator<Uint8Array, void, undefined> {
  const piece = new Uint8Array(Math.min(PIECE_BYTES, source.size))
  for (let at = 0; at < source.size; ) {
    const read = source.read(at, piece)
    if (read === 0) return
    yield piece.subarray(0, read)
    at += read
  }
}

function* placesOf(bytes: Uint8Array): Generator<IndexedFeature & { offset: number }, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let offset = 0; offset < bytes.length; ) {
    const size = 4 + view.getUint32(offset, true)
    const feature = Feature.getSizePrefixedRootAsFeature(
      new ByteBuffer(bytes.subarray(offset, offset + size)),
    )
    const box = [
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]
    grow(box, feature.geometry()!)
    yield { offset, size, box }
    offset += size
  }
}

function grow(box: number[], geometry: Geometry): void {
  for (let i = 0; i < geometry.partsLength(); i++) grow(box, geometry.parts(i)!)
  const xy = geometry.xyArray() ?? []
  for (let i = 0; i < xy.length; i += 2) {
    box[0] = Math.min(box[0]!, xy[i]!)
    box[1] = Math.min(box[1]!, xy[i + 1]!)
    box[2] = Math.max(box[2]!, xy[i]!)
    box[3] = Math.max(box[3]!, xy[i + 1]!)
  }
}
