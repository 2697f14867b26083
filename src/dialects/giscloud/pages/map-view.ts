import type { DrawnLayers } from '../../../domain/maps/map-drawing.ts'
import { type DrawnMap, mapStyle } from '../../../domain/maps/maplibre/map-style.ts'
import { zoomOfScale } from '../../../domain/maps/rule-zooms.ts'
import { lonLatExtent } from '../../../geo/crs/lonlat-extent.ts'
import { WEB_MERCATOR } from '../../../geo/crs/reference-system.ts'
import { MERCATOR_LATITUDE_MAX } from '../../../geo/mercator.ts'
import { InvalidParameterError } from '../errors.ts'
import type { PageFeatures, PageParameters } from './page-parameters.ts'

/** What the script of a page is told of its map. */
export interface MapView {
  style: DrawnMap['style']
  tree: DrawnMap['tree']
  pictures: DrawnMap['pictures']
  /** West, south, east, north in degrees. */
  bounds: number[]
  /** MapLibre's; null for all of the bounds. */
  zoom: number | null
  maxZoom: number | null
  /** Features that are shown first, and marked. */
  focus: { address: string; isViewKept: boolean } | null
  /** HTML with everything that is not markup escaped. */
  attribution: string | null
  isImperial: boolean
  /** Address of a style sheet of the map's owner. */
  styleSheet: string | null
  features: PageFeatures
}

export interface Viewed extends DrawnLayers {
  name: string
  /** What is shown first, in the system; null for the world. */
  bounds: readonly number[] | null
  srid: number
  background: string | null
  copyright: string | null
  maxZoom: number | null
  isImperial: boolean
  /** Path of the page's own style sheet. */
  styleSheet: string | null
}

const WORLD = [-180, -60, 180, 75]
const FEATURES_MAX = 1000

/** @throws InvalidParameterError for a parameter that names what is not there */
export function mapView(
  origin: string,
  viewed: Viewed,
  parameters: PageParameters,
): { view: MapView; origins: string[] } {
  const { name, srid, background, layers, datasets } = viewed
  const { expressions, visibility, scale } = parameters
  const bounds = boundsOf(viewed, parameters)
  const latitude = srid === WEB_MERCATOR ? 0 : (bounds[1]! + bounds[3]!) / 2
  for (const id of expressions.keys()) requireLayer(viewed, 'expressions', id)
  const { style, tree, pictures, origins } = mapStyle({
    ...{ name, background, layers, datasets, visibility, expressions },
    view: { origin, latitude },
  })
  const view: MapView = {
    ...{ style, tree, pictures, bounds },
    zoom: scale === null ? null : zoomOfScale(scale, latitude),
    maxZoom: viewed.maxZoom,
    focus: focusOf(viewed, parameters),
    attribution: viewed.copyright ? escapedHtml(viewed.copyright) : null,
    isImperial: viewed.isImperial,
    styleSheet: viewed.styleSheet,
    features: featuresOf(parameters),
  }
  return { view, origins }
}

/** What is shown first, degrees: what the parameters say, the layer they name, or what the map does. */
function boundsOf(viewed: Viewed, { bounds, layerId }: PageParameters): number[] {
  if (layerId !== null) requireLayer(viewed, 'layer_id', layerId)
  const named = layerId === null ? null : (viewed.datasets.get(layerId)?.extent ?? null)
  if (bounds === null && named) return withinMercator(named)
  const box = bounds ?? viewed.bounds
  const extent = box && lonLatExtent(box, viewed.srid)
  if (bounds && (!extent || !(extent[0] < extent[2] && extent[1] < extent[3])))
    throw new InvalidParameterError('bounds', `is nowhere in EPSG:${viewed.srid}, the system of the map`)
  return withinMercator(extent ?? WORLD)
}

function withinMercator([west, south, east, north]: readonly number[]): number[] {
  const limited = (latitude: number) =>
    Math.min(MERCATOR_LATITUDE_MAX, Math.max(-MERCATOR_LATITUDE_MAX, latitude))
  return [west!, limited(south!), east!, limited(north!)]
}

function requireLayer({ layers }: Viewed, parameter: string, id: number): void {
  if (!layers.some((layer) => layer.id === id))
    throw new InvalidParameterError(parameter, `names ${id}, which is no layer of this map`)
}

function focusOf(viewed: Viewed, parameters: PageParameters): MapView['focus'] {
  const { layerId, featureId, property, bounds } = parameters
  if (layerId === null || (featureId === null && property === null)) return null
  const isViewKept = bounds !== null
  const features = `/1/layers/${layerId}/features`
  const form = 'geometry=geojson&epsg=4326'
  if (featureId !== null) return { address: `${features}/${featureId}.json?${form}`, isViewKept }
  const { name, value } = property!
  const columns = viewed.datasets.get(layerId)?.columns ?? []
  const isNamed = (other: string) => other.toLowerCase() === name.toLowerCase()
  const column =
    columns.find((candidate) => candidate.name === name) ?? columns.find((other) => isNamed(other.name))
  if (!column) throw new InvalidParameterError('f', `names ${name}, which is no field of layer ${layerId}`)
  const where = `${quoted(column.name, '"')} = ${quoted(value, "'")}`
  const query = new URLSearchParams({ where, perpage: String(FEATURES_MAX), nototal: '1' })
  return { address: `${features}.json?${form}&${query}`, isViewKept }
}

const quoted = (text: string, mark: string): string => `${mark}${text.replaceAll(mark, mark + mark)}${mark}`

const featuresOf = (parameters: PageParameters): PageFeatures => {
  const { toolbar, layerList, isLayerListExpanded, popups, scaleBar } = parameters
  const { isFlat, isZoomLocked, hasAttribution, hasControls, width, height } = parameters
  return {
    ...{ toolbar, layerList, isLayerListExpanded, popups, scaleBar },
    ...{ isFlat, isZoomLocked, hasAttribution, hasControls, width, height },
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapedHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
