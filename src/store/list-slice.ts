/** Which part of a list is asked for, in what order. */
export interface ListSlice<Sort extends string> {
  perPage: number
  offset: number
  /** Whether the whole is to be counted. */
  withTotal: boolean
  order: { attribute: Sort; descending: boolean } | null
}

/** A part of a list, and how many there are in all; 0 where that was not asked for. */
export interface ListPart<T> {
  data: T[]
  total: number
}
