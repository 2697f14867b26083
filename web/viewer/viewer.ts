// The viewer of an app: it draws the map that the app's app.json describes.
import { setWorkerUrl } from 'maplibre-gl'
import { Identify } from '../map/identify.ts'
import { applyVisibility, layerList } from '../map/layer-list.ts'
import type { LayerNode } from '../map/layer-node.ts'
import { Pictures } from '../map/pictures.ts'
import { AppMap } from './app-map.ts'
import { configurationAddress, dressPage, readAppJson, watchApp } from './app-page.ts'
import { basemapList } from './basemap-list.ts'
import { isOfBasemap, knownBasemaps, loadBasemap, selectedBasemap } from './basemaps.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { addCoordinates } from './coordinates.ts'
import type { DrawnLayer } from './drawn-layer.ts'
import { type LayerEntry, leavesOf } from './layer-entries.ts'
import { layerTree } from './layer-tree.ts'
import { Legend } from './legend.ts'
import { type LayerTools, loadLayer } from './load-layer.ts'
import { messageOf, Notices } from './notices.ts'
import { isNarrow, Panels } from './panels.ts'
import { type Requests, refusalOf, requestsTo } from './requests.ts'
import { defaultLook } from './symbols.ts'
import { addToolbar, type ToolbarSubject } from './toolbar.ts'

setWorkerUrl(new URL('../ogc/maplibre-gl-worker.mjs', import.meta.url).href)

/** What the parts of the page work with. */
interface Viewer {
  container: HTMLElement
  configuration: Configuration
  requests: Requests
  notices: Notices
  toolsFor: (index: number) => LayerTools
}

async function start(container: HTMLElement): Promise<void> {
  const address = configurationAddress()
  const configuration = readConfiguration(await readAppJson(address))
  dressPage(configuration, container)
  watchApp(address, configuration)
  const platform = configuration.platform ?? new URL(import.meta.url).origin
  const requests = requestsTo(platform)
  const viewer: Viewer = {
    ...{ container, configuration, requests, notices: new Notices(container) },
    toolsFor: (index) => ({
      ...{ base: { page: location.href, platform }, fetchJson: requests.fetchJson },
      look: defaultLook(index),
    }),
  }
  await draw(viewer)
}

async function draw(viewer: Viewer): Promise<void> {
  const { container, configuration, requests, notices, toolsFor } = viewer
  for (const fault of configuration.view.faults) notices.tell(fault)
  const basemaps = knownBasemaps(configuration.basemaps)
  for (const title of basemaps.unknown) notices.tell(`The basemap “${title}” is not known here`)
  const isDark = matchMedia('(prefers-color-scheme: dark)')
  let basemap = selectedBasemap(basemaps.known)
  const ground = () =>
    loadBasemap(basemap, isDark.matches, toolsFor(0)).catch((error: unknown) => {
      notices.tell(`The basemap “${basemap.title}” cannot be drawn: ${messageOf(error)}`)
      return { sources: {}, layers: [] }
    })
  const leaves = leavesOf(configuration.layers)
  const appMap = new AppMap(
    container,
    configuration,
    await ground(),
    leaves.length,
    requests.transformRequest,
  )
  const { map } = appMap
  map.on('error', (event) => {
    tellMapError(event, leaves, notices)
    // Nothing else makes the map look once more whether all that comes has come.
    map.triggerRepaint()
  })
  // Not `load`, which waits for the basemap.
  await map.once('style.load')
  const drawn = await drawLayers(appMap, leaves, viewer)
  const tree = layerTree(configuration.layers, drawn)
  applyVisibility(map, tree, true)
  if (!configuration.view.bounds) appMap.showAll(false)
  const changeBasemap = async () => appMap.setBasemap(await ground())
  isDark.addEventListener('change', changeBasemap)
  addParts(viewer, appMap, tree, {
    pictures: Object.assign({}, ...[...drawn.values()].map(({ pictures }) => pictures)),
    basemaps: (panels) =>
      panels.add(
        'basemaps',
        'Basemaps',
        basemapList(basemaps.known, basemap, (chosen) => {
          basemap = chosen
          void changeBasemap()
        }),
        false,
      ),
  })
  map.on('idle', () => tellState(appMap, container))
  map.triggerRepaint()
}

/** Reads all layers at once and draws each as it comes. What cannot be drawn is told. */
async function drawLayers(
  appMap: AppMap,
  leaves: readonly LayerEntry[],
  { notices, toolsFor }: Viewer,
): Promise<Map<string, DrawnLayer>> {
  const drawn = new Map<string, DrawnLayer>()
  await Promise.all(
    leaves.map(async (entry, i) => {
      try {
        const layer = await loadLayer(entry, toolsFor(i))
        appMap.add(i, layer)
        drawn.set(entry.key, layer)
        for (const remark of layer.remarks) notices.tell(`“${entry.title}”: ${remark}`)
      } catch (error) {
        notices.tell(`“${entry.title}” cannot be shown: ${messageOf(error)}`)
      }
    }),
  )
  return drawn
}

interface PartsSubject {
  pictures: ConstructorParameters<typeof Pictures>[0]
  basemaps: (panels: Panels) => HTMLButtonElement
}

/** What the app has beside its map. */
function addParts(
  { container, configuration: { features, tools }, requests }: Viewer,
  appMap: AppMap,
  tree: LayerNode[],
  subject: PartsSubject,
): void {
  const { map } = appMap
  const pictures = new Pictures(subject.pictures, requests.fetched)
  pictures.supply(map)
  const panels = new Panels(container)
  const openers: ToolbarSubject['openers'] = {}
  const legend = new Legend(tree, pictures)
  const isRoomy = !isNarrow()
  if (features.has('layers') && tree.length > 0) {
    const list = layerList(map, tree, {
      ...{ pictures, isExpanded: null, hasLegend: !features.has('legend') },
      changed: () => legend.update(),
    })
    openers.layers = panels.add('layers', 'Layers', list, isRoomy || !tools.includes('layers'))
  }
  if (features.has('legend') && tree.length > 0)
    openers.legend = panels.add('legend', 'Legend', legend.content, !tools.includes('legend'))
  if (features.has('basemaps')) openers.basemaps = subject.basemaps(panels)
  const identify = new Identify(map, tree, features.has('popups'))
  if (features.has('coordinates')) addCoordinates(map, container)
  addToolbar(container, tools, { appMap, identify, openers })
}

/** A layer whose tiles or features do not come says so, once. */
function tellMapError(
  { error, ...event }: { error?: unknown },
  leaves: readonly LayerEntry[],
  notices: Notices,
): void {
  const { sourceId = '' } = event as { sourceId?: string }
  const { status } = Object(error) as { status?: unknown }
  const entry = leaves.find(({ key }) => sourceId === key || sourceId.startsWith(`${key}/`))
  const reason = typeof status === 'number' && status > 0 ? refusalOf(status) : messageOf(error)
  notices.tell(`${entry ? `“${entry.title}”` : 'The map'} is not shown whole: ${reason}`)
  console.warn(error)
}

/** What is drawn, for who looks at the page from outside of it. */
function tellState(appMap: AppMap, { dataset }: HTMLElement): void {
  const { map, drawnLayers } = appMap
  const count = (layers: string[]) => String(map.queryRenderedFeatures({ layers }).length)
  dataset.drawn = count(drawnLayers.filter((id) => map.getLayer(id)))
  dataset.ground = count(map.getLayersOrder().filter(isOfBasemap))
  dataset.center = map.getCenter().toArray().join(',')
  dataset.zoom = map.getZoom().toFixed(3)
}

const container = document.getElementById('map')
if (container)
  start(container).catch((error: unknown) => {
    container.dataset.drawn = 'failed'
    const failure = document.createElement('p')
    failure.className = 'failure'
    failure.setAttribute('role', 'alert')
    failure.textContent = `The map cannot be drawn here: ${messageOf(error)}`
    container.append(failure)
  })
