import { LngLatBounds, type Map as MapLibre } from 'maplibre-gl'
import { fetched } from './requests.ts'
import type { View } from './view.ts'

const SOURCE = 'focus'
const COLOUR = '#ff9800'

/** What the page is about. */
export interface Focus {
  geometries: GeoJSON.Geometry[]
  bounds: LngLatBounds
}

/** A feature as the API gives it, or a list of such. */
interface Answer {
  __geometry?: unknown
  data?: unknown
}

/** The features that the page is about; null where it is about none. @throws Error */
export async function readFocus({ focus }: View): Promise<Focus | null> {
  if (!focus) return null
  const answer = (await (await fetched(focus.address)).json()) as Answer
  const items = (Array.isArray(answer.data) ? answer.data : [answer]) as Answer[]
  const geometries = items.flatMap(({ __geometry: geometry }) =>
    geometry ? [(typeof geometry === 'string' ? JSON.parse(geometry) : geometry) as GeoJSON.Geometry] : [],
  )
  const bounds = new LngLatBounds()
  for (const geometry of geometries)
    for (const [longitude, latitude] of positionsOf(geometry)) bounds.extend([longitude!, latitude!])
  return { geometries, bounds }
}

function* positionsOf(geometry: GeoJSON.Geometry): Iterable<GeoJSON.Position> {
  if (geometry.type === 'GeometryCollection') for (const part of geometry.geometries) yield* positionsOf(part)
  else yield* positionsIn(geometry.coordinates)
}

type Coordinates = GeoJSON.Position | Coordinates[]

function* positionsIn(coordinates: Coordinates): Iterable<GeoJSON.Position> {
  if (typeof coordinates[0] === 'number') yield coordinates as GeoJSON.Position
  else for (const part of coordinates as Coordinates[]) yield* positionsIn(part)
}

/** Marks features above everything else. */
export function markFocus(map: MapLibre, { geometries }: Focus): void {
  const features = geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry }) as const)
  map.addSource(SOURCE, { type: 'geojson', data: { type: 'FeatureCollection', features } })
  map.addLayer({
    ...{ id: 'focus-area', type: 'fill', source: SOURCE, filter: ['==', ['geometry-type'], 'Polygon'] },
    paint: { 'fill-color': COLOUR, 'fill-opacity': 0.25 },
  })
  map.addLayer({
    ...{ id: 'focus-line', type: 'line', source: SOURCE },
    paint: { 'line-color': COLOUR, 'line-width': 3 },
  })
  map.addLayer({
    ...{ id: 'focus-point', type: 'circle', source: SOURCE, filter: ['==', ['geometry-type'], 'Point'] },
    paint: {
      ...{ 'circle-radius': 11, 'circle-color': 'rgba(0,0,0,0)' },
      ...{ 'circle-stroke-color': COLOUR, 'circle-stroke-width': 3 },
    },
  })
}
