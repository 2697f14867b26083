import { postgresError } from '../store/database.ts'
import { QueryError } from './query-error.ts'

/** Class of errors that the data, not the statement, are the cause of: overflows, roots of nothing. */
const DATA_EXCEPTION = /^22/
const OUTSIDE_OF_SYSTEM = /^transform: /

/**
 * The fault of a filter that shows only when it meets the features: a sum beyond all numbers, a place that the system of
 * the features has no coordinates for. Null for any other error.
 */
export function queryErrorOf(error: unknown): QueryError | null {
  const fault = postgresError(error)
  if (!fault) return null
  if (DATA_EXCEPTION.test(fault.code))
    return new QueryError(`the filter has no value: ${fault.message}`, null)
  if (OUTSIDE_OF_SYSTEM.test(fault.message))
    return new QueryError('a place in the filter has no coordinates in the system of the features', null)
  return null
}
