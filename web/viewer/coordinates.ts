import type { LngLat, Map as MapLibre } from 'maplibre-gl'
import { element } from '../map/element.ts'
import { coordinatesText } from './coordinates-text.ts'

/** Tells the place under the pointer, or the middle of the map where there is none. */
export function addCoordinates(map: MapLibre, container: HTMLElement): void {
  const output = element('output', 'coordinates')
  output.setAttribute('aria-label', 'Coordinates')
  const show = (place: LngLat) => {
    output.textContent = coordinatesText(place.wrap())
  }
  map.on('mousemove', ({ lngLat }) => show(lngLat))
  map.on('moveend', () => show(map.getCenter()))
  show(map.getCenter())
  container.append(output)
}
