import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl'
import { fetched } from './requests.ts'
import type { View } from './view.ts'

const SOURCE = 'focus'
const COLOUR = '#ff9800'
const ZOOM_MAX = 16

/** A feature as the API gives it, or a list of such. */
interface Answer {
  __geometry?: unknown
  data?: unknown
}

/** Marks the features that the page is about, and shows them unless something else is to be shown. */
export async function showFocus(map: MapLibre, { focus, zoom, features }: View): Promise<void> {
  if (!focus) return
  const answer = (await (await fetched(focus.address)).json()) as Answer
  const items = (Array.isArray(answer.data) ? answer.data : [answer]) as Answer[]
  const geometries = items.flatMap(({ __geometry: geometry }) =>
    geometry ? [(typeof geometry === 'string' ? JSON.parse(geometry) : geometry) as GeoJSON.Geometry] : [],
  )
  map.addSource(SOURCE, {
    type: 'geojson',
    data: {
      type: 'FeatureCollection',
      features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
    },
  })
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
  map.getContainer().dataset.focused = String(geometries.length)
  const bounds = await map.getSource<GeoJSONSource>(SOURCE)!.getBounds()
  if (focus.isViewKept || bounds.isEmpty()) return
  if (zoom !== null) map.jumpTo({ center: bounds.getCenter() })
  else if (features.isZoomLocked) map.setMinZoom(0).setMaxZoom(ZOOM_MAX)
  if (zoom === null) map.fitBounds(bounds, { padding: 60, maxZoom: ZOOM_MAX, animate: false })
}
