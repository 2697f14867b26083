/** A filter that cannot be understood, or that asks for what is not there. */
export class QueryError extends Error {
  /** Where, in UTF-16 units from 0; null where the fault shows only in the data. */
  readonly position: number | null

  constructor(message: string, position: number | null) {
    super(message)
    this.name = 'QueryError'
    this.position = position
  }
}
