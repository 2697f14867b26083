// The page of a map or a layer: it draws the style that the server has made of it.
import {
  AttributionControl,
  Map as MapLibre,
  type MapOptions,
  NavigationControl,
  ScaleControl,
} from 'maplibre-gl'
import { showFocus } from './focus.ts'
import { addLayerList } from './layer-list.ts'
import { addPictures } from './pictures.ts'
import { Identify } from './popup.ts'
import { fetched, transformRequest } from './requests.ts'
import { addToolbar } from './toolbar.ts'
import { element, nodesOf, type View } from './view.ts'

const PADDING = 20
/** A map of a single place is not shown nearer than this. */
const FIT_ZOOM_MAX = 17
const ZOOM_MAX = 24

async function draw(container: HTMLElement, view: View): Promise<void> {
  const { features } = view
  container.style.width = features.width
  container.style.height = features.height
  document.body.classList.toggle('noattrib', !features.hasAttribution)
  document.body.classList.toggle('noctrl', !features.hasControls)
  const dressed = view.styleSheet ? addStyleSheet(view.styleSheet) : undefined
  const map = new MapLibre({
    ...{ container, style: view.style, transformRequest, attributionControl: false },
    ...placeOf(view),
    maxZoom: view.maxZoom === null ? ZOOM_MAX : Math.min(ZOOM_MAX, Math.max(0, view.maxZoom - 1)),
    dragRotate: !features.isFlat,
    pitchWithRotate: !features.isFlat,
    touchPitch: !features.isFlat,
  })
  if (features.isFlat) map.touchZoomRotate.disableRotation()
  addPictures(map, view.pictures)
  addControls(map, view)
  map.on('idle', () => tell(map, view))
  await map.once('load')
  await showFocus(map, view).catch((error: unknown) => {
    container.dataset.focused = '0'
    notice(map, `The feature cannot be shown: ${messageOf(error)}`)
  })
  if (features.isZoomLocked) lockZoom(map)
  await dressed
}

function placeOf({ bounds, zoom }: View): Partial<MapOptions> {
  const [west, south, east, north] = bounds
  if (zoom === null) return { bounds, fitBoundsOptions: { padding: PADDING, maxZoom: FIT_ZOOM_MAX } }
  return { center: [(west + east) / 2, (south + north) / 2], zoom }
}

function addControls(map: MapLibre, { features, tree, bounds, attribution, isImperial }: View): void {
  const { isZoomLocked } = features
  if (features.hasControls && !isZoomLocked)
    map.addControl(new NavigationControl({ showCompass: !features.isFlat }))
  if (features.hasAttribution)
    map.addControl(
      new AttributionControl({ compact: false, ...(attribution ? { customAttribution: attribution } : {}) }),
    )
  if (features.scaleBar) map.addControl(new ScaleControl({ unit: isImperial ? 'imperial' : 'metric' }))
  const identify = new Identify(map, tree, features.popups)
  if (features.toolbar) addToolbar(map, { bounds, identify, isZoomLocked, isImperial })
  if (features.layerList) addLayerList(map, tree, features.isLayerListExpanded)
}

function lockZoom(map: MapLibre): void {
  for (const handler of [map.scrollZoom, map.boxZoom, map.doubleClickZoom]) handler.disable()
  map.setMinZoom(map.getZoom())
  map.setMaxZoom(map.getZoom())
}

/** What is drawn, for who looks at the page from outside of it. */
function tell(map: MapLibre, { tree }: View): void {
  const { dataset } = map.getContainer()
  const layers = nodesOf(tree).flatMap((node) => node.styleLayers.filter((id) => map.getLayer(id)))
  dataset.drawn = String(map.queryRenderedFeatures({ layers }).length)
  dataset.zoom = map.getZoom().toFixed(3)
  dataset.center = map.getCenter().toArray().join(',')
}

/** A style sheet is applied, not linked: its address has no key in it. */
async function addStyleSheet(address: string): Promise<void> {
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(await (await fetched(address)).text())
    document.adoptedStyleSheets.push(sheet)
  } catch (error) {
    console.warn('The style sheet is not there:', error)
  }
}

const notice = (map: MapLibre, text: string): void =>
  map.getContainer().append(element('p', 'panel notice', text))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const container = document.getElementById('map')
const data = document.getElementById('map-view')
if (container && data)
  draw(container, JSON.parse(data.textContent) as View).catch((error: unknown) => {
    container.dataset.drawn = 'failed'
    container.textContent = `The map cannot be drawn here: ${messageOf(error)}`
  })
