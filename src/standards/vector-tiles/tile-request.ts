import type { VectorTileRequest } from '../../domain/datasets/vector-tiles.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import {
  hasTile,
  TILE_MATRIX_SETS,
  type TileMatrixSet,
  type TilePlace,
  WEB_MERCATOR_QUAD,
} from '../../geo/tile-matrix-set.ts'
import { parseCql2Json, parseCql2Text } from '../../query/index.ts'
import { TileRequestError } from './problem.ts'

/** A request for a tile, as its address has it. */
export interface AddressedTile {
  request: VectorTileRequest
  /** The version the address names, if it names one. */
  version: number | null
  /** Everything else that decides what is in the tile, the same for the same tile. */
  variant: string
}

const VERSION = /^\d{1,9}$/
/** Of the OGC addresses; credentials are read elsewhere. */
const PARAMETERS = ['v', 'f', 'properties', 'filter', 'filter-lang', 'user_id', 'user_token']
const FORMATS = ['mvt', 'pbf', 'application/vnd.mapbox-vector-tile']

/** `{z}/{x}/{y}` of the web mercator set; parameters it does not know are nobody's business. @throws TileRequestError, QueryError */
export function xyzRequest(url: URL, { id, z, x, y }: Record<string, string>): AddressedTile {
  return addressed(url, id, WEB_MERCATOR_QUAD, { zoom: z, row: y, column: x })
}

/** `{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}` of OGC API - Tiles. @throws TileRequestError, QueryError */
export function ogcRequest(
  url: URL,
  { id, set: setId = '', matrix, row, column }: Record<string, string>,
): AddressedTile {
  const set = TILE_MATRIX_SETS.get(setId)
  if (!set)
    throw new TileRequestError(
      404,
      `there is no tile matrix set ${setId}; there are ${[...TILE_MATRIX_SETS.keys()].join(', ')}`,
    )
  for (const name of url.searchParams.keys())
    if (!PARAMETERS.includes(name))
      throw new TileRequestError(
        400,
        `${name} is no parameter here; there are ${PARAMETERS.slice(0, 5).join(', ')}`,
        name,
      )
  return addressed(url, id, set, { zoom: matrix, row, column })
}

type PlaceTexts = Record<keyof TilePlace, string | undefined>

function addressed(url: URL, id: string | undefined, set: TileMatrixSet, texts: PlaceTexts): AddressedTile {
  const place = placeOf(set, texts)
  const parameters = url.searchParams
  const format = parameters.get('f')
  if (format !== null && !FORMATS.includes(format))
    throw new TileRequestError(400, `tiles are given as mvt, not as ${format}`, 'f')
  const properties = propertiesOf(parameters.get('properties'))
  const text = parameters.get('filter')
  const language = parameters.get('filter-lang')
  const version = parameters.get('v')
  return {
    request: {
      ...{ reference: referenceOf(id), set, place, properties },
      filter: text === null ? null : filterOf(text, language),
    },
    version: version !== null && VERSION.test(version) ? Number(version) : null,
    variant: variantOf(properties, text, language),
  }
}

/** What a path names a dataset by. @throws TileRequestError where nothing can have that name */
export function referenceOf(segment: string | undefined): string {
  try {
    const reference = decodeURIComponent(segment ?? '')
    if (isStorableText(reference)) return reference
  } catch {
    // Not even a text.
  }
  throw new TileRequestError(404, `there is no dataset ${segment}`)
}

function placeOf(set: TileMatrixSet, texts: PlaceTexts): TilePlace {
  const numbers = Object.entries(texts).map(([name, text = '']) => {
    if (!/^\d{1,15}$/.test(text))
      throw new TileRequestError(400, `the ${name} of a tile is a number, not ${text}`, name)
    return [name, Number(text)] as const
  })
  const place = Object.fromEntries(numbers) as Record<keyof TilePlace, number>
  if (!hasTile(set, place))
    throw new TileRequestError(
      404,
      `${set.id} has no tile in row ${place.row}, column ${place.column} of zoom ${place.zoom}`,
    )
  return place
}

function propertiesOf(text: string | null): string[] | null {
  if (text === null) return null
  return text.split(',').filter((name) => name !== '')
}

function filterOf(text: string, language: string | null) {
  if (!isStorableText(text))
    throw new TileRequestError(400, 'the filter has characters that no text has', 'filter')
  switch (language ?? 'cql2-text') {
    case 'cql2-text':
      return parseCql2Text(text)
    case 'cql2-json':
      return parseCql2Json(text)
    default:
      throw new TileRequestError(
        400,
        `filters are written in cql2-text or cql2-json, not in ${language}`,
        'filter-lang',
      )
  }
}

const variantOf = (
  properties: readonly string[] | null,
  filter: string | null,
  language: string | null,
): string =>
  properties === null && filter === null
    ? ''
    : `?${new URLSearchParams({
        ...(properties ? { properties: properties.toSorted().join(',') } : {}),
        ...(filter === null ? {} : { filter, language: language ?? '' }),
      })}`
