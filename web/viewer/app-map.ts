import {
  AttributionControl,
  type LayerSpecification,
  LngLatBounds,
  Map as MapLibre,
  type MapOptions,
  ScaleControl,
} from 'maplibre-gl'
import type { Bounds } from '../map/bounds.ts'
import { type Basemap, isOfBasemap } from './basemaps.ts'
import type { Configuration } from './configuration.ts'
import type { DrawnLayer } from './drawn-layer.ts'
import type { Requests } from './requests.ts'

const PADDING = 24
/** A single place is not shown nearer than this. */
const FIT_ZOOM_MAX = 16
const WORLD: Bounds = [-170, -60, 190, 78]

/** The map of an app: its basemap below, its layers in their order above. */
export class AppMap {
  readonly map: MapLibre
  readonly #view: Configuration['view']
  /** What is drawn of each layer, the uppermost first; null for what has not come. */
  readonly #stack: (readonly string[] | null)[]
  /** What is shown when all is: what the configuration says, or else the layers. */
  #extent: Bounds | null

  constructor(
    container: HTMLElement,
    configuration: Configuration,
    basemap: Basemap,
    layerCount: number,
    transformRequest: Requests['transformRequest'],
  ) {
    const { view, features } = configuration
    this.#view = view
    this.#extent = view.bounds
    this.#stack = Array.from({ length: layerCount }, () => null)
    this.map = new MapLibre({
      ...{ container, transformRequest, attributionControl: false },
      style: {
        version: 8,
        ...(view.isGlobe ? { projection: { type: 'globe' } } : {}),
        ...basemap,
      },
      ...placeOf(view),
      ...(view.minZoom === null ? {} : { minZoom: Math.min(22, Math.max(0, view.minZoom)) }),
      ...(view.maxZoom === null ? {} : { maxZoom: Math.min(24, Math.max(0, view.maxZoom)) }),
      ...{ dragRotate: view.isGlobe, pitchWithRotate: view.isGlobe, touchPitch: view.isGlobe },
    })
    if (!view.isGlobe) this.map.touchZoomRotate.disableRotation()
    this.map.addControl(new AttributionControl({ compact: true }), 'bottom-right')
    if (features.has('scaleBar')) this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
  }

  /** Adds a layer at its place among the others. @param index of the layer, the uppermost first */
  add(index: number, { sources, layers, bounds }: DrawnLayer): void {
    for (const [name, source] of Object.entries(sources)) this.map.addSource(name, source)
    const above = this.#stack.slice(0, index).findLast((ids) => ids !== null && ids.length > 0)
    for (const layer of layers) this.map.addLayer(layer, above?.[0])
    this.#stack[index] = layers.map(({ id }) => id)
    if (bounds && !this.#view.bounds && !this.#view.center)
      this.#extent = this.#extent ? united(this.#extent, bounds) : bounds
  }

  /** Layers of the style that draw what the app shows; the basemap's are not among them. */
  get drawnLayers(): string[] {
    return this.#stack.flatMap((ids) => ids ?? [])
  }

  /** Puts another basemap in the place of the one there is. */
  setBasemap({ sources, layers }: Basemap): void {
    const { layers: all, sources: known } = this.map.getStyle()
    for (const { id } of all) if (isOfBasemap(id)) this.map.removeLayer(id)
    for (const name of Object.keys(known)) if (isOfBasemap(name)) this.map.removeSource(name)
    for (const [name, source] of Object.entries(sources)) this.map.addSource(name, source)
    const lowest = this.map.getStyle().layers.find(({ id }: LayerSpecification) => !isOfBasemap(id))?.id
    for (const layer of layers) this.map.addLayer(layer, lowest)
  }

  /** Shows all there is to see; where the configuration names a place, that. */
  showAll(isAnimated: boolean): void {
    const { center, zoom } = this.#view
    if (!this.#view.bounds && center)
      this.map.easeTo({ center, zoom: zoom ?? this.map.getZoom(), animate: isAnimated })
    else this.map.fitBounds(LngLatBounds.convert(this.#extent ?? WORLD), fitting(isAnimated))
  }
}

const fitting = (animate: boolean) => ({ padding: PADDING, maxZoom: FIT_ZOOM_MAX, animate })

function placeOf({ bounds, center, zoom }: Configuration['view']): Partial<MapOptions> {
  if (bounds || !center)
    return { bounds: LngLatBounds.convert(bounds ?? WORLD), fitBoundsOptions: fitting(false) }
  return { center, zoom: zoom ?? 0 }
}

const united = (one: Bounds, other: Bounds): Bounds => [
  ...([Math.min(one[0], other[0]), Math.min(one[1], other[1])] as const),
  ...([Math.max(one[2], other[2]), Math.max(one[3], other[3])] as const),
]
