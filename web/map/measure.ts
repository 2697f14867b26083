import type { GeoJSONSource, LngLat, Map as MapLibre, MapMouseEvent } from 'maplibre-gl'
import { element } from './element.ts'

const SOURCE = 'measure'
const METRES_PER_FOOT = 0.3048
const METRES_PER_MILE = 1609.344

/** Measures the way along the places that are pressed, on the sphere. */
export class Measure {
  readonly output = element('output', 'panel measure')
  readonly #map: MapLibre
  readonly #isImperial: boolean
  #places: LngLat[] = []

  constructor(map: MapLibre, isImperial: boolean) {
    this.#map = map
    this.#isImperial = isImperial
    this.output.hidden = true
  }

  switchTo(isOn: boolean): void {
    this.#places = []
    this.output.hidden = !isOn
    if (isOn) this.#map.on('click', this.#press)
    else this.#map.off('click', this.#press)
    this.#map.getCanvas().classList.toggle('measuring', isOn)
    this.#show()
  }

  readonly #press = ({ lngLat }: MapMouseEvent): void => {
    this.#places.push(lngLat)
    this.#show()
  }

  #show(): void {
    const metres = this.#places.reduce(
      (sum, place, i) => sum + (i === 0 ? 0 : place.distanceTo(this.#places[i - 1]!)),
      0,
    )
    this.output.textContent =
      this.#places.length < 2 ? 'Press places along the way' : lengthText(metres, this.#isImperial)
    const coordinates = this.#places.map(({ lng, lat }) => [lng, lat])
    const data: GeoJSON.FeatureCollection = {
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', properties: {}, geometry: { type: 'MultiPoint', coordinates } },
        ...(coordinates.length > 1
          ? [{ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } } as const]
          : []),
      ],
    }
    const source = this.#map.getSource<GeoJSONSource>(SOURCE)
    if (source) source.setData(data)
    else this.#addLayers(data)
  }

  #addLayers(data: GeoJSON.FeatureCollection): void {
    this.#map.addSource(SOURCE, { type: 'geojson', data })
    this.#map.addLayer({
      ...{ id: 'measure-line', type: 'line', source: SOURCE },
      paint: { 'line-color': '#c2185b', 'line-width': 2.5, 'line-dasharray': [2, 1] },
    })
    this.#map.addLayer({
      ...{ id: 'measure-places', type: 'circle', source: SOURCE },
      paint: {
        'circle-radius': 4,
        'circle-color': '#c2185b',
        'circle-stroke-color': '#fff',
        'circle-stroke-width': 1,
      },
    })
  }
}

function lengthText(metres: number, isImperial: boolean): string {
  const [small, great, per] = isImperial
    ? ([
        `${(metres / METRES_PER_FOOT).toFixed(0)} ft`,
        `${(metres / METRES_PER_MILE).toFixed(2)} mi`,
        METRES_PER_MILE,
      ] as const)
    : ([`${metres.toFixed(0)} m`, `${(metres / 1000).toFixed(2)} km`, 1000] as const)
  return metres < per ? small : great
}
