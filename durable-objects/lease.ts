/** A lock that frees itself: whoever holds it renews it, and one that is silent for `durationMs` has lost it. */
export class Lease {
  readonly #kv: SyncKvStorage
  readonly #key: string
  readonly #durationMs: number

  /** @param key of the storage record, the time (ms) at which the lease ends */
  constructor(kv: SyncKvStorage, key: string, durationMs: number) {
    this.#kv = kv
    this.#key = key
    this.#durationMs = durationMs
  }

  /** Compares and sets without a turn of the event loop between; false while somebody holds it. */
  take(): boolean {
    if ((this.#kv.get<number>(this.#key) ?? 0) > Date.now()) return false
    this.renew()
    return true
  }

  renew(): void {
    this.#kv.put(this.#key, Date.now() + this.#durationMs)
  }

  free(): void {
    this.#kv.delete(this.#key)
  }
}
