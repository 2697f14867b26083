// The page of a map or a layer: it draws the style that the server has made of it.
import {
  AttributionControl,
  LngLatBounds,
  Map as MapLibre,
  type MapOptions,
  NavigationControl,
  ScaleControl,
} from 'maplibre-gl'
import { element } from '../map/element.ts'
import { Identify } from '../map/identify.ts'
import { addLayerList } from '../map/layer-list.ts'
import { nodesOf } from '../map/layer-node.ts'
import { Pictures } from '../map/pictures.ts'
import { type Focus, markFocus, readFocus } from './focus.ts'
import { fetched, transformRequest } from './requests.ts'
import { addToolbar } from './toolbar.ts'
import type { View } from './view.ts'

const PADDING = 20
const FOCUS_PADDING = 60
/** A map of a single place is not shown nearer than this. */
const FIT_ZOOM_MAX = 16
const ZOOM_MAX = 24

async function draw(container: HTMLElement, view: View): Promise<void> {
  const { features } = view
  container.style.width = features.width
  container.style.height = features.height
  document.body.classList.toggle('noattrib', !features.hasAttribution)
  document.body.classList.toggle('noctrl', !features.hasControls)
  const dressed = view.styleSheet ? addStyleSheet(view.styleSheet) : undefined
  const focus = await readFocus(view).catch(messageOf)
  const map = new MapLibre({
    ...{ container, style: view.style, transformRequest, attributionControl: false },
    ...placeOf(view, typeof focus === 'string' ? null : focus),
    maxZoom: view.maxZoom === null ? ZOOM_MAX : Math.min(ZOOM_MAX, Math.max(0, view.maxZoom - 1)),
    dragRotate: !features.isFlat,
    pitchWithRotate: !features.isFlat,
    touchPitch: !features.isFlat,
  })
  if (features.isFlat) map.touchZoomRotate.disableRotation()
  const pictures = new Pictures(view.pictures, fetched)
  pictures.supply(map)
  addControls(map, view, pictures)
  map.on('idle', () => tell(map, view))
  await map.once('load')
  if (features.isZoomLocked) lockZoom(map)
  if (typeof focus === 'string') notice(map, `The feature cannot be shown: ${focus}`)
  else if (focus?.geometries.length === 0) notice(map, 'There is no such feature')
  else if (focus) markFocus(map, focus)
  await dressed
}

/** What is shown first: the features that the page is about, unless its address says what. */
function placeOf({ bounds, zoom, focus: asked }: View, focus: Focus | null): Partial<MapOptions> {
  const isFocused = focus && !asked?.isViewKept && !focus.bounds.isEmpty()
  const shown = isFocused ? focus.bounds : LngLatBounds.convert(bounds)
  if (zoom !== null) return { center: shown.getCenter(), zoom }
  return {
    bounds: shown,
    fitBoundsOptions: { padding: isFocused ? FOCUS_PADDING : PADDING, maxZoom: FIT_ZOOM_MAX },
  }
}

function addControls(map: MapLibre, view: View, pictures: Pictures): void {
  const { features, tree, bounds, attribution, isImperial } = view
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
  if (features.layerList) addLayerList(map, tree, pictures, features.isLayerListExpanded)
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
