/** First come, first served: `lock` resolves with the function that releases it. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve()

  lock(): Promise<() => void> {
    const before = this.#tail
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#tail = promise
    return before.then(() => resolve)
  }
}
