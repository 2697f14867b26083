/** The name of a reference system that is not known here, or is none. `message` is for a person. */
export class UnknownCrsError extends Error {
  override readonly name = 'UnknownCrsError'

  constructor(name: string) {
    const shown = name.length > 60 ? `${name.slice(0, 60)}...` : name
    super(`the reference system ${JSON.stringify(shown)} is not known`)
  }
}
