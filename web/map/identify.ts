import { type MapGeoJSONFeature, type Map as MapLibre, type MapMouseEvent, Popup } from 'maplibre-gl'
import { element } from './element.ts'
import { type LayerNode, nodesOf } from './layer-node.ts'

/** Pixels around the place that is pressed. */
const REACH = 4
const FEATURES_MAX = 20

/** Shows what is known of the features where the map is pressed, as long as it is switched on. */
export class Identify {
  isOn: boolean
  readonly #map: MapLibre
  readonly #layers: ReadonlyMap<string, LayerNode>

  constructor(map: MapLibre, tree: readonly LayerNode[], isOn: boolean) {
    this.#map = map
    this.#layers = new Map(
      nodesOf(tree).flatMap((node) => (node.popup === null ? [] : node.styleLayers.map((id) => [id, node]))),
    )
    this.isOn = isOn
    map.on('click', (event) => {
      if (this.isOn) this.#tell(event)
    })
  }

  #tell({ point, lngLat }: MapMouseEvent): void {
    const layers = [...this.#layers.keys()].filter((id) => this.#map.getLayer(id))
    const { x, y } = point
    const found = this.#map.queryRenderedFeatures(
      [
        [x - REACH, y - REACH],
        [x + REACH, y + REACH],
      ],
      { layers },
    )
    const told = new Map(
      found.map((feature) => [`${this.#nodeOf(feature).id}/${identityOf(feature)}`, feature]),
    )
    if (told.size === 0) return
    const content = element('div', 'attributes')
    for (const feature of [...told.values()].slice(0, FEATURES_MAX))
      content.append(description(this.#nodeOf(feature), feature))
    new Popup({ maxWidth: '22rem' }).setLngLat(lngLat).setDOMContent(content).addTo(this.#map)
  }

  #nodeOf = ({ layer }: MapGeoJSONFeature): LayerNode => this.#layers.get(layer.id)!
}

/** What a feature is told apart by from others of its layer. */
const identityOf = ({ id, properties }: MapGeoJSONFeature): string =>
  id === undefined ? JSON.stringify(properties) : String(id)

function description(node: LayerNode, { id, properties: told }: MapGeoJSONFeature): HTMLElement {
  const properties = (told ?? {}) as Record<string, unknown>
  const list = element('dl', '')
  for (const property of node.popup?.fields ?? Object.keys(properties)) {
    if (property.startsWith('__') || !Object.hasOwn(properties, property)) continue
    const title = Object.hasOwn(node.titles, property) ? node.titles[property]! : property
    list.append(element('dt', '', title), element('dd', '', String(properties[property])))
  }
  return element('section', '', element('h2', '', titleOf(node, id, properties)), list)
}

function titleOf(
  { name, popup }: LayerNode,
  id: MapGeoJSONFeature['id'],
  properties: Record<string, unknown>,
): string {
  if (popup?.title == null) return id === undefined ? name : `${name}, ${id}`
  return popup.title.replace(/\{([^{}]{1,100})\}/g, (_, property: string) =>
    Object.hasOwn(properties, property) ? String(properties[property]) : '',
  )
}
