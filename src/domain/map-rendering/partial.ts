/** Why a picture is not all that it should be. */
export type Shortfall =
  /** There are more features, or points of them, than are drawn. */
  | 'features'
  /** A rule's expression cannot be told of the features. */
  | 'expression'
  /** Geometries have no place in the map's system. */
  | 'geometry'
  /** A picture at a point, or a pattern, is not there or not of a kind that is drawn. */
  | 'icon'
  /** A service elsewhere did not answer in time, or not with a picture. */
  | 'source'
  /** Layers of this kind are not drawn. */
  | 'unsupported'

/** What of which layers a picture is short of. */
export class Shortfalls {
  readonly #found = new Set<string>()
  /** Whether it would be the same another time. */
  isLasting = true

  add(layerId: number, shortfall: Shortfall): void {
    this.#found.add(`${layerId};${shortfall}`)
    if (shortfall === 'source' || shortfall === 'icon') this.isLasting = false
  }

  /** As a header has it, `12;features, 15;source`; null for a picture that is whole. */
  toHeader(): string | null {
    return this.#found.size === 0 ? null : [...this.#found].join(', ')
  }
}
