// The map of a page: it draws what the page's own data tell, over a graticule, with nothing from elsewhere.
import {
  type GeoJSONSource,
  type LayerSpecification,
  LngLatBounds,
  Map as MapLibre,
  NavigationControl,
  Popup,
  type StyleSpecification,
} from 'maplibre-gl'
import { graticule } from '../map/graticule.ts'

/** What the page tells of its map; `MapView` of the server. */
interface View {
  bounds: [west: number, south: number, east: number, north: number] | null
  tiles?: string
  features?: string
  images?: string
  items?: string
}

interface TileJson {
  tiles: string[]
  minzoom?: number
  maxzoom?: number
  bounds?: [number, number, number, number]
  vector_layers?: { id: string }[]
}

const PROPERTIES_SHOWN = 8
const WORLD: View['bounds'] = [-170, -60, 170, 75]

const isDark = matchMedia('(prefers-color-scheme: dark)').matches
const COLOURS = isDark
  ? { ground: '#16202a', line: '#2c3b49', fill: '#5fb3d9', edge: '#9fd4ee' }
  : { ground: '#eef3f6', line: '#d3dde3', fill: '#2b7a9e', edge: '#12516e' }

const background = (): StyleSpecification => ({
  version: 8,
  sources: { graticule: { type: 'geojson', data: graticule() } },
  layers: [
    { id: 'ground', type: 'background', paint: { 'background-color': COLOURS.ground } },
    { id: 'graticule', type: 'line', source: 'graticule', paint: { 'line-color': COLOURS.line } },
  ],
})

/** Layers for geometries of every kind. */
function dataLayers(sourceLayer: string | null): LayerSpecification[] {
  const from = { source: 'data', ...(sourceLayer === null ? {} : { 'source-layer': sourceLayer }) }
  return [
    {
      ...{ id: 'areas', type: 'fill', ...from, filter: ['==', ['geometry-type'], 'Polygon'] },
      paint: { 'fill-color': COLOURS.fill, 'fill-opacity': 0.35 },
    },
    {
      ...{ id: 'lines', type: 'line', ...from, filter: ['!=', ['geometry-type'], 'Point'] },
      paint: { 'line-color': COLOURS.edge, 'line-width': 1.2 },
    },
    {
      ...{ id: 'points', type: 'circle', ...from, filter: ['==', ['geometry-type'], 'Point'] },
      paint: {
        ...{ 'circle-color': COLOURS.fill, 'circle-radius': 4 },
        ...{ 'circle-stroke-color': COLOURS.edge, 'circle-stroke-width': 1 },
      },
    },
  ] as LayerSpecification[]
}

const fetched = async (address: string): Promise<unknown> => {
  const response = await fetch(address, { headers: { accept: 'application/geo+json, application/json' } })
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
  return response.json()
}

async function addTiles(map: MapLibre, address: string): Promise<void> {
  const { tiles, minzoom = 0, maxzoom = 22, vector_layers } = (await fetched(address)) as TileJson
  map.addSource('data', { type: 'vector', tiles, minzoom, maxzoom })
  for (const layer of dataLayers(vector_layers?.[0]?.id ?? '')) map.addLayer(layer)
}

async function addImages(map: MapLibre, address: string): Promise<void> {
  const { tiles, minzoom = 0, maxzoom = 22, bounds } = (await fetched(address)) as TileJson
  map.addSource('data', {
    ...{ type: 'raster', tiles, tileSize: 256, minzoom, maxzoom },
    ...(bounds ? { bounds } : {}),
  })
  map.addLayer({ id: 'images', type: 'raster', source: 'data' })
}

/** Draws GeoJSON and shows all of it. */
async function addFeatures(map: MapLibre, address: string): Promise<void> {
  const data = (await fetched(address)) as GeoJSON.GeoJSON
  map.addSource('data', { type: 'geojson', data })
  for (const layer of dataLayers(null)) map.addLayer(layer)
  const bounds = await map.getSource<GeoJSONSource>('data')!.getBounds()
  if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: 30, maxZoom: 12, animate: false })
}

/** Shows what is known of a feature where it is pressed. */
function tellFeatures(map: MapLibre, items: string | undefined): void {
  map.on('click', (event) => {
    const layers = ['points', 'lines', 'areas'].filter((id) => map.getLayer(id))
    const [feature] = map.queryRenderedFeatures(event.point, { layers })
    if (!feature) return
    new Popup().setLngLat(event.lngLat).setDOMContent(description(feature, items)).addTo(map)
  })
}

function description({ id, properties }: GeoJSON.Feature, items: string | undefined): HTMLElement {
  const content = document.createElement('div')
  const title = document.createElement(items && id !== undefined ? 'a' : 'strong')
  title.textContent = `Feature ${id ?? ''}`
  if (title instanceof HTMLAnchorElement) title.href = `${items}/${id}`
  const list = document.createElement('dl')
  for (const [name, value] of Object.entries(properties ?? {}).slice(0, PROPERTIES_SHOWN)) {
    const term = document.createElement('dt')
    const detail = document.createElement('dd')
    term.textContent = name
    detail.textContent = String(value)
    list.append(term, detail)
  }
  content.append(title, list)
  return content
}

async function draw(element: HTMLElement, view: View): Promise<void> {
  const map = new MapLibre({
    ...{ container: element, style: background(), attributionControl: false, dragRotate: false },
    bounds: new LngLatBounds(view.bounds ?? WORLD!),
    fitBoundsOptions: { padding: 30, maxZoom: 14 },
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }))
  await map.once('load')
  if (view.tiles) await addTiles(map, view.tiles)
  if (view.images) await addImages(map, view.images)
  if (view.features) await addFeatures(map, view.features)
  tellFeatures(map, view.items)
  await map.once('idle')
  element.dataset.drawn = String(
    view.images ? 'images' : map.queryRenderedFeatures({ layers: ['areas', 'lines', 'points'] }).length,
  )
}

const element = document.getElementById('map')
const data = document.getElementById('map-view')
if (element && data)
  draw(element, JSON.parse(data.textContent) as View).catch((error: unknown) => {
    element.dataset.drawn = 'failed'
    const reason = error instanceof Error ? error.message : String(error)
    element.textContent = `The map cannot be drawn here: ${reason}`
  })
