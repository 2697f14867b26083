import { lastSeen, readVectorTile, type VectorTile } from '../../domain/datasets/vector-tiles.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { type KeptTile, keepTile, keptTile } from '../../http/tile-cache.ts'
import { answerFault } from './problem.ts'
import { answerTile } from './tile-answer.ts'
import { PARTIAL_HEADER, versionOfEtag } from './tile-headers.ts'
import { type AddressedTile, ogcRequest, xyzRequest } from './tile-request.ts'

type Groups = Record<string, string>

/** `GET /tiles/{id}/{z}/{x}/{y}.{mvt|pbf}[?v={version}]` */
export const xyzTileEndpoint = (call: DrawingRequest, groups: Groups): Promise<Response> =>
  answerAddressed(call, () => xyzRequest(call.url, groups))

/** `GET /ogc/collections/{id}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}[?v={version}]` */
export const ogcTileEndpoint = (call: DrawingRequest, groups: Groups): Promise<Response> =>
  answerAddressed(call, () => ogcRequest(call.url, groups))

async function answerAddressed(call: DrawingRequest, parse: () => AddressedTile): Promise<Response> {
  try {
    return await answerTileOf(call, parse())
  } catch (error) {
    return answerFault(call.url, error)
  }
}

/**
 * A warm tile is the shared cache's: by its versioned address that is all there is to do, by its plain address the database
 * is asked whether the version has moved, and gives the features in the same round trip where it has.
 */
async function answerTileOf(call: DrawingRequest, addressed: AddressedTile): Promise<Response> {
  const { request, cache } = call
  const { version } = addressed
  const respond = (
    { bytes, headers }: Pick<KeptTile, 'headers'> & { bytes: Uint8Array | null },
    of: number,
    shared: boolean,
  ) => answerTile(request, { bytes, headers, version: of, freshness: { versioned: of === version, shared } })

  const id = knownId(addressed)
  const wanted = version ?? lastSeen(addressed.request.reference)?.version ?? null
  const warm =
    id !== null && wanted !== null
      ? await keptTile(cache, keyOf(addressed, id, wanted), [PARTIAL_HEADER])
      : null
  if (warm && version !== null) return respond(warm, version, true)

  const held = warm ? wanted : versionOfEtag(request.headers.get('if-none-match'))
  const sources = { db: call.db, bucket: call.tools.bucket }
  const found = await readVectorTile(sources, call.principal, addressed.request, held)
  const { dataset } = found
  const kept = keptOf(found)
  if (!kept) return respond(warm ?? { bytes: null, headers: {} }, dataset.version, dataset.isPublic)
  if (dataset.isPublic) {
    const key = keyOf(addressed, dataset.id, dataset.version)
    call.background(keepTile(cache, key, kept.bytes, 'application/octet-stream', kept.headers))
  }
  return respond(kept, dataset.version, dataset.isPublic)
}

function keptOf({ tile }: VectorTile): KeptTile | null {
  return tile && { bytes: tile.bytes, headers: tile.isPartial ? { [PARTIAL_HEADER]: 'true' } : {} }
}

/** The number of the dataset that an address means, as far as that is known without asking. */
function knownId({ request: { reference } }: AddressedTile): number | null {
  const text = String(reference)
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  const seen = lastSeen(reference)
  return seen?.isPublic ? seen.id : null
}

/** Names a tile's content: one key for every host and address it has. */
function keyOf({ request: { set, place }, variant }: AddressedTile, id: number, version: number): string {
  const { zoom, row, column } = place
  return `https://tiles.graticule.internal/datasets/${id}/${version}/${set.id}/${zoom}/${row}/${column}${variant}`
}
