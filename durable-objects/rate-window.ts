/** Counts what happens in spans of one second, for as long as the instance lives. */
export class RateWindow {
  #second = 0
  #count = 0

  /** Adds `weight` and tells how much this second has now seen. */
  add(weight = 1): number {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#second) this.#count = 0
    this.#second = second
    this.#count += weight
    return this.#count
  }
}
