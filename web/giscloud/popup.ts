import { type MapGeoJSONFeature, type Map as MapLibre, type MapMouseEvent, Popup } from 'maplibre-gl'
import { element, type LayerNode, nodesOf } from './view.ts'

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
    this.#layers = new Map(nodesOf(tree).flatMap((node) => node.styleLayers.map((id) => [id, node])))
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
    const told = new Map(found.map((feature) => [`${this.#nodeOf(feature).id}/${feature.id}`, feature]))
    if (told.size === 0) return
    const content = element('div', 'attributes')
    for (const feature of [...told.values()].slice(0, FEATURES_MAX))
      content.append(description(this.#nodeOf(feature), feature))
    new Popup({ maxWidth: '22rem' }).setLngLat(lngLat).setDOMContent(content).addTo(this.#map)
  }

  #nodeOf = ({ layer }: MapGeoJSONFeature): LayerNode => this.#layers.get(layer.id)!
}

function description({ name, titles }: LayerNode, { id, properties }: MapGeoJSONFeature): HTMLElement {
  const list = element('dl', '')
  for (const [property, value] of Object.entries(properties ?? {})) {
    if (property.startsWith('__')) continue
    const title = Object.hasOwn(titles, property) ? titles[property]! : property
    list.append(element('dt', '', title), element('dd', '', String(value)))
  }
  return element('section', '', element('h2', '', id === undefined ? name : `${name}, ${id}`), list)
}
