import { type Filter, parseWhere, QueryError } from '../../../query/index.ts'
import type { DatasetRecord } from '../../../store/datasets.ts'
import type { LayerRule } from '../../../store/map-types.ts'
import { tilesetOf } from '../../datasets/tiles.ts'
import { DEFAULT_RULE, type GeometryKind, symbolOf } from '../default-rules.ts'
import { layerTileVersion } from '../layer-tiles.ts'
import type { LayerRecord } from '../layers.ts'
import { zoomOfScale } from '../rule-zooms.ts'
import { scaleRange } from '../scale-range.ts'
import { filterExpression } from './filter-expression.ts'
import { hatchName, iconName, type RuleLayers, ruleLayers, type StyleLayer } from './rule-layers.ts'
import { type StyleSource, sourceElsewhere } from './sources.ts'
import type { MapLibreExpression } from './value-expression.ts'

/** How a layer is drawn by MapLibre. */
export interface LayerStyle extends RuleLayers {
  source: StyleSource | null
  /** Pictures that the style names. */
  pictures: Record<string, StylePicture>
  legend: LegendEntry[]
  /** Bounds of its data, degrees; null where they are not known. */
  extent: readonly number[] | null
  /** Titles of the properties that have one. */
  titles: Record<string, string>
}

export interface StylePicture {
  /** Path it is served at. */
  path: string
  /** Pixels of its longer side; its own, but not more than 128, for null. */
  side: number | null
}

export interface LegendEntry {
  label: string
  kind: GeometryKind
  /** CSS colours; null for none. */
  fill: string | null
  border: string | null
  /** Name of a picture that is drawn. */
  picture: string | null
}

export interface LayerView {
  /** Scheme and host that paths are made addresses with. */
  origin: string
  /** Only features that fulfil it, as the language of `where` has it; empty for all. */
  where: string
  /** Where scales are those on the ground, degrees. */
  latitude: number
}

const KINDS: Partial<Record<NonNullable<DatasetRecord['geometryType']>, readonly GeometryKind[]>> = {
  Point: ['point'],
  MultiPoint: ['point'],
  LineString: ['line'],
  MultiLineString: ['line'],
  Polygon: ['polygon'],
  MultiPolygon: ['polygon'],
}
const ALL_KINDS: readonly GeometryKind[] = ['polygon', 'line', 'point']
const PERCENT = 100
/** Beyond any zoom. */
const ZOOM_END = 24
/** Rules that are told apart by MapLibre, each by the conditions of all before it; of more the tiles tell. */
const FILTERED_RULES_MAX = 24
/** Entries of a layer's legend. */
const LEGEND_MAX = 50
/** Tiles of layers are drawn to here; deeper they are enlarged. */
const TILE_ZOOM_MAX = 18

const EMPTY = { shapes: [], labels: [], pictures: {}, legend: [], extent: null, titles: {} }

/**
 * The style of one layer: vector tiles for a dataset, raster tiles for scans and mosaics and raster datasets, the addresses of
 * services elsewhere. A layer that cannot be drawn has no source.
 * @param dataset that the layer shows, if it does
 */
export function layerStyle(layer: LayerRecord, dataset: DatasetRecord | null, view: LayerView): LayerStyle {
  const opacity = Math.min(1, Math.max(0, layer.alpha / PERCENT))
  const zooms = zoomsOf(layer, view.latitude)
  if (dataset?.form === 'vector') return vectorStyle(layer, dataset, view, { opacity, zooms })
  const isRaster = dataset?.form === 'raster' || layer.data?.kind === 'scan' || layer.data?.kind === 'mosaic'
  const source: StyleSource | null = isRaster
    ? { type: 'raster', url: `${view.origin}/1/layers/${layer.id}/tiles.json`, tileSize: 256 }
    : sourceElsewhere(layer)
  const common = {
    source: sourceName(layer),
    ...(zooms[0] > 0 ? { minzoom: zooms[0] } : {}),
    ...(zooms[1] < ZOOM_END ? { maxzoom: zooms[1] } : {}),
  }
  if (source?.type === 'geojson') {
    const subject = {
      ...{
        layerId: layer.id,
        source: sourceName(layer),
        sourceLayer: null,
        kinds: ALL_KINDS,
        opacity,
        zooms,
      },
      ...{ labelProperty: layer.labelProperty, propertyOf: (name: string) => name },
    }
    return { ...EMPTY, source, ...ruleLayers([simpleRule(layer)], [true], subject) }
  }
  const raster: StyleLayer = {
    id: `${layer.id}-raster`,
    type: 'raster',
    ...common,
    paint: { 'raster-opacity': opacity },
  }
  return { ...EMPTY, source, shapes: source ? [raster] : [] }
}

export const sourceName = ({ id }: Pick<LayerRecord, 'id'>): string => `layer-${id}`

/** MapLibre's zooms at which a layer is shown, the second excluded. */
function zoomsOf(layer: LayerRecord, latitude: number): [from: number, before: number] {
  const { min, max } = scaleRange(layer)
  const zoomOf = (denominator: number) => Math.min(ZOOM_END, Math.max(0, zoomOfScale(denominator, latitude)))
  return [Number.isFinite(max) ? zoomOf(max) : 0, min > 0 ? zoomOf(min) : ZOOM_END]
}

/** The first rule that is for all features, without its condition. */
const simpleRule = ({ rules }: LayerRecord): LayerRule =>
  rules?.find(({ expression }) => expression === '') ?? DEFAULT_RULE

function vectorStyle(
  layer: LayerRecord,
  dataset: DatasetRecord,
  { origin, where }: LayerView,
  { opacity, zooms }: { opacity: number; zooms: [number, number] },
): LayerStyle {
  const kinds = (dataset.geometryType && KINDS[dataset.geometryType]) ?? ALL_KINDS
  const rules = layer.rules && layer.rules.length > 0 ? layer.rules : [DEFAULT_RULE]
  const conditions = conditionsOf(rules, dataset)
  const { minZoom, layer: sourceLayer } = tilesetOf(dataset)
  const parameters = new URLSearchParams({ v: layerTileVersion(layer, dataset) })
  if (where !== '') parameters.set('where', where)
  if (!conditions) parameters.set('rules', '1')
  const subject = {
    ...{ layerId: layer.id, source: sourceName(layer), sourceLayer, kinds, opacity, zooms },
    ...{ labelProperty: layer.labelProperty, propertyOf: (name: string) => propertyOf(dataset, name) },
  }
  return {
    source: {
      type: 'vector',
      tiles: [`${origin}/1/layers/${layer.id}/tiles/{z}/{x}/{y}.mvt?${parameters}`],
      ...{ minzoom: minZoom, maxzoom: TILE_ZOOM_MAX, bounds: boundsOf(dataset) },
    },
    ...ruleLayers(rules, conditions, subject),
    pictures: picturesOf(layer, rules),
    legend: legendOf(layer, rules, kinds),
    extent: dataset.extent,
    titles: Object.fromEntries(dataset.columns.flatMap(({ name, title }) => (title ? [[name, title]] : []))),
  }
}

/** The conditions of all rules as MapLibre has them; null where it does not have one of them, or they are too many. */
function conditionsOf(rules: readonly LayerRule[], { columns }: DatasetRecord): MapLibreExpression[] | null {
  if (rules.length > FILTERED_RULES_MAX) return null
  const conditions: MapLibreExpression[] = []
  for (const { expression } of rules) {
    const filter = filterOf(expression)
    const condition = filter === null ? null : filterExpression(filter, columns)
    if (condition === null) return null
    conditions.push(condition)
  }
  return conditions
}

function filterOf(expression: string): Filter | null {
  if (expression.trim() === '') return { kind: 'boolean', value: true, position: 0 }
  try {
    return parseWhere(expression)
  } catch (error) {
    if (error instanceof QueryError) return null
    throw error
  }
}

function propertyOf({ columns }: DatasetRecord, name: string): string | null {
  const isNamed = (other: string) => other.toLowerCase() === name.toLowerCase()
  return (
    (columns.find((column) => column.name === name) ?? columns.find((column) => isNamed(column.name)))
      ?.name ?? null
  )
}

/** A little more than the extent of the data, which its symbols go beyond; the world where that is all around it. */
function boundsOf({ extent }: DatasetRecord): number[] {
  const world = [-180, -85.0511, 180, 85.0511]
  if (!extent) return world
  const [west, south, east, north] = extent
  const margin = 0.1 + Math.max(east - west, north - south) / PERCENT
  return [
    Math.max(world[0]!, west - margin),
    Math.max(world[1]!, south - margin),
    Math.min(world[2]!, east + margin),
    Math.min(world[3]!, north + margin),
  ]
}

function picturesOf({ id }: LayerRecord, rules: readonly LayerRule[]): Record<string, StylePicture> {
  return Object.fromEntries(
    rules.flatMap(({ icon, hatch, width = null }, i) => [
      ...(icon ? [[iconName(id, i), { path: `/1/layers/${id}/rules/${i}/icon`, side: width }]] : []),
      ...(hatch ? [[hatchName(id, i), { path: `/1/layers/${id}/rules/${i}/hatch`, side: null }]] : []),
    ]),
  )
}

function legendOf(
  layer: LayerRecord,
  rules: readonly LayerRule[],
  kinds: readonly GeometryKind[],
): LegendEntry[] {
  const kind = kinds.length === 1 ? kinds[0]! : 'polygon'
  return rules.slice(0, LEGEND_MAX).flatMap((rule, i) => {
    if (!rule.isVisible) return []
    const { fill, border } = symbolOf(rule, kind)
    const picture = rule.icon ? iconName(layer.id, i) : rule.hatch ? hatchName(layer.id, i) : null
    return [
      {
        label: rule.label ?? rule.expression,
        ...{ kind, picture },
        fill: fill && `rgb(${fill.join(',')})`,
        border: border && `rgb(${border.join(',')})`,
      },
    ]
  })
}
