import { FormatError } from '../../formats/format-error.ts'
import { postgresError } from '../../store/database.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'

/** Keys that the bucket deletes at once. */
const DELETED_MAX = 1000

/** Deletes objects that nothing names any more. What cannot be deleted is left, and logged: nobody sees it. */
export async function discardObjects(
  { bucket }: Pick<Context, 'bucket'>,
  keys: readonly string[],
): Promise<void> {
  for (let at = 0; at < keys.length; at += DELETED_MAX) {
    const some = keys.slice(at, at + DELETED_MAX)
    try {
      await bucket.delete(some)
    } catch (error) {
      console.error(`${some.length} objects from ${some[0]} on could not be deleted:`, error)
    }
  }
}

/**
 * Whether an error leaves open that rows name objects now which they were to name: the database has been asked, and neither it
 * nor the platform has refused. Objects are not deleted then; one that nothing names does less harm than a file without one.
 */
export const isUncertain = (error: unknown): boolean =>
  !(error instanceof DomainError || error instanceof FormatError) && postgresError(error) === null

/** The bytes of an object as they are read. @throws Error where it is gone */
export async function* objectBytes(
  { bucket }: Pick<Context, 'bucket'>,
  key: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const object = await bucket.get(key)
  if (!object) throw new Error(`the object ${key} is gone`)
  yield* object.body as unknown as AsyncIterable<Uint8Array>
}
