import { LngLatBounds, type Map as MapLibre } from 'maplibre-gl'
import { geoJsonBounds } from '../map/geojson-bounds.ts'
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
  const bounds = geoJsonBounds({ type: 'GeometryCollection', geometries })
  return { geometries, bounds: bounds ? new LngLatBounds(bounds) : new LngLatBounds() }
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
